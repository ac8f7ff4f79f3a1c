/* timeline.c: see timeline.h. */
#include "send/timeline.h"

#include "base/clock.h"
#include "base/error.h"

#include <stdlib.h>
#include <string.h>

/* What is kept of a part of the time. */
struct timeline_slot {
    struct timeline_point least; /* of those with a good reply, as the next */
    struct timeline_point most;
    struct timeline_point lost; /* the longest that failed */
    bool some;
    bool some_lost;
};

void timeline_deinit(struct timeline *timeline)
{
    if (!timeline)
        return;
    free(timeline->points);
    free(timeline->slots);
    memset(timeline, 0, sizeof *timeline);
}

static void fill_slot(struct timeline_slot *slot, const struct timeline_point *point)
{
    if (point->failed) {
        if (!slot->some_lost || point->took_us > slot->lost.took_us)
            slot->lost = *point;
        slot->some_lost = true;
        return;
    }
    if (!slot->some || point->took_us < slot->least.took_us)
        slot->least = *point;
    if (!slot->some || point->took_us > slot->most.took_us)
        slot->most = *point;
    slot->some = true;
}

static void fill_from_slot(struct timeline_slot *slot, const struct timeline_slot *from)
{
    if (from->some) {
        fill_slot(slot, &from->least);
        fill_slot(slot, &from->most);
    }
    if (from->some_lost)
        fill_slot(slot, &from->lost);
}

/* Two slots become one: the slots reach twice as far. */
static void double_slots(struct timeline *timeline)
{
    for (size_t i = 0; i < TIMELINE_SLOTS; i++) {
        struct timeline_slot both = {.some = false};
        for (size_t j = 2 * i; j < 2 * i + 2 && j < TIMELINE_SLOTS; j++)
            fill_from_slot(&both, &timeline->slots[j]);
        timeline->slots[i] = both;
    }
    timeline->slot_us *= 2;
}

/* What came before the start is in the first slot. */
static void fill(struct timeline *timeline, const struct timeline_point *point)
{
    int64_t at = point->at_us > 0 ? point->at_us : 0;
    while (at / timeline->slot_us >= TIMELINE_SLOTS)
        double_slots(timeline);
    fill_slot(&timeline->slots[at / timeline->slot_us], point);
}

static int begin_slots(struct timeline *timeline, int64_t slot_us)
{
    timeline->slots = calloc(TIMELINE_SLOTS, sizeof *timeline->slots);
    timeline->slot_us = slot_us;
    return timeline->slots ? 0 : -ENOMEM;
}

static int append(struct timeline *timeline, const struct timeline_point *point)
{
    if (timeline->count == timeline->capacity) {
        size_t capacity = timeline->capacity ? timeline->capacity * 2 : 64;
        struct timeline_point *grown =
            reallocarray(timeline->points, capacity, sizeof *timeline->points);
        if (!grown)
            return -ENOMEM;
        timeline->points = grown;
        timeline->capacity = capacity;
    }
    timeline->points[timeline->count++] = *point;
    return 0;
}

int timeline_add(struct timeline *timeline, const struct timeline_point *point)
{
    if (timeline->count < TIMELINE_POINTS_MOST)
        return append(timeline, point);
    if (!timeline->slots) {
        int64_t at = point->at_us > 0 ? point->at_us : 0;
        int r = begin_slots(timeline, 1 + 2 * at / TIMELINE_SLOTS);
        if (r)
            return r;
    }
    fill(timeline, point);
    return 0;
}

struct timeline_point timeline_point_of(int64_t at_ns, int64_t took_ns, bool failed)
{
    int64_t took_us = took_ns > 0 ? took_ns / NS_PER_US : 0;
    return (struct timeline_point){
        .at_us = at_ns / NS_PER_US,
        .took_us = took_us < UINT32_MAX ? (uint32_t)took_us : UINT32_MAX,
        .failed = failed,
    };
}

int timeline_merge(struct timeline *into, const struct timeline *from)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < from->count; i++)
        r = timeline_add(into, &from->points[i]);
    for (size_t i = 0; r == 0 && from->slots && i < TIMELINE_SLOTS; i++) {
        const struct timeline_slot *slot = &from->slots[i];
        const struct timeline_point *const kept[] = {&slot->least, &slot->most, &slot->lost};
        for (size_t k = 0; r == 0 && k < ARRAY_LENGTH(kept); k++) {
            if (k < 2 ? slot->some : slot->some_lost)
                r = timeline_add(into, kept[k]);
        }
    }
    into->thinned |= from->thinned || from->slots;
    return r;
}

static int by_time(const void *left, const void *right)
{
    const struct timeline_point *a = left;
    const struct timeline_point *b = right;
    if (a->at_us != b->at_us)
        return (a->at_us > b->at_us) - (a->at_us < b->at_us);
    return (a->took_us > b->took_us) - (a->took_us < b->took_us);
}

/* Puts the points into the slots, and these into the list instead, which has room for them. */
static void empty_slots(struct timeline *timeline)
{
    for (size_t i = 0; i < timeline->count; i++)
        fill(timeline, &timeline->points[i]);
    timeline->count = 0;
    for (size_t i = 0; i < TIMELINE_SLOTS; i++) {
        const struct timeline_slot *slot = &timeline->slots[i];
        if (slot->some)
            timeline->points[timeline->count++] = slot->least;
        if (slot->some && slot->most.took_us > slot->least.took_us)
            timeline->points[timeline->count++] = slot->most;
        if (slot->some_lost)
            timeline->points[timeline->count++] = slot->lost;
    }
    free(timeline->slots);
    timeline->slots = NULL;
    timeline->thinned = true;
}

_Static_assert(TIMELINE_POINTS_MOST >= 3 * TIMELINE_SLOTS, "a full list takes what the slots hold");

void timeline_seal(struct timeline *timeline)
{
    if (timeline->slots)
        empty_slots(timeline);
    if (timeline->count)
        qsort(timeline->points, timeline->count, sizeof *timeline->points, by_time);
}

int timeline_thin(struct timeline *timeline, size_t slots)
{
    if (timeline->count <= 3 * slots)
        return 0;
    int64_t last = timeline->points[timeline->count - 1].at_us;
    int r = begin_slots(timeline, 1 + (last > 0 ? last : 0) / (int64_t)slots);
    if (r)
        return r;
    timeline_seal(timeline);
    return 0;
}
