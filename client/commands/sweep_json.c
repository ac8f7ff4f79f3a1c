/* sweep_json.c: see sweep_json.h. */
#include "commands/sweep_json.h"

#include "report/json_document.h"
#include "report/json_findings.h"
#include "report/json_value.h"

#include <string.h>

static json_t *vary_json(const struct sweep_plan *plan)
{
    json_t *values = json_array();
    for (size_t i = 0; i < plan->count; i++)
        json_array_append_new(values, json_string(plan->values[i].text));
    json_t *vary = json_pack("{s:s, s:s, s:o, s:b}", "class", plan->class, "key",
                             plan->dimension->key, "values", values, "between", plan->between);
    if (plan->between) {
        json_object_set_new(vary, "steps", json_value_count(plan->steps));
        json_object_set_new(vary, "precision", json_value_real(plan->precision));
    }
    return vary;
}

/* The objectives that are a percentile's time, so that nobody has to parse them again. */
static json_t *thresholds_json(const struct options *options)
{
    json_t *array = json_array();
    for (size_t i = 0; i < options->slo_count; i++) {
        const struct slo *slo = &options->slos[i];
        if (slo->metric != SLO_RESPONSE)
            continue;
        json_array_append_new(
            array, json_pack("{s:s, s:o, s:o, s:o}", "objective", slo->text, "class",
                             slo->class[0] ? json_string(slo->class) : json_null(), "percent",
                             json_real(slo->percent), "limit_ms", json_value_exact(slo->limit)));
    }
    return array;
}

json_t *sweep_json_new(const struct options *options, const struct result *first)
{
    json_t *objectives = json_array();
    json_t *document = json_document_new(first);
    for (size_t s = 0; s < options->slo_count; s++)
        json_array_append_new(objectives, json_string(options->slos[s].text));
    json_object_set_new(document, "duration_s", json_value_seconds(options->duration_ns));
    json_object_set_new(document, "objectives", objectives);
    json_object_set_new(document, "thresholds", thresholds_json(options));
    json_object_set_new(document, "vary", vary_json(&options->sweep));
    json_object_set_new(document, "steps", json_array());
    json_object_set_new(document, "limits", json_array());
    return document;
}

static json_t *class_json(const struct cell *cell)
{
    json_t *class = json_object();
    json_document_set_counts(class, &cell->stats);
    json_object_set_new(class, "response_ms",
                        json_findings_figures(percentile_response(&cell->stats)));
    json_object_set_new(class, "size_bytes", json_value_count(cell->body_bytes));
    json_object_set_new(class, "heavy", json_boolean(cell->heavy));
    return class;
}

/* What is null unless the size is varied. */
static json_t *as_size(const struct sweep_plan *plan, const struct sweep_step *step)
{
    return step && plan->dimension->part == DIMENSION_SIZE ? json_string(step->value.text)
                                                           : json_null();
}

static json_t *text_of(const struct sweep_step *step)
{
    return step ? json_string(step->value.text) : json_null();
}

void sweep_json_add_step(json_t *document, const struct options *options,
                         const struct cell_findings *cells, const struct sweep_step *step)
{
    const struct sweep_plan *plan = &options->sweep;
    json_t *classes = json_object();
    json_t *size = json_null();
    bool kept = step->outcome == SWEEP_KEPT;
    bool trustworthy = true;
    for (size_t i = 0; i < options->class_count; i++) {
        const struct cell *cell = cells[i].cell;
        json_object_set_new(classes, cell->class->name, class_json(cell));
        trustworthy &= audit_is_good(&cells[i].audit);
        if (strcmp(cell->class->name, plan->class) == 0)
            size = json_value_count(cell->body_bytes);
    }
    json_t *object = json_pack(
        "{s:o, s:o, s:s, s:o, s:s, s:s, s:b, s:s, s:o, s:b}", "size", as_size(plan, step),
        "size_bytes", size, "value", step->value.text, "amount",
        json_value_exact(step->value.amount), "mode", cells->cell->label, "endpoint",
        cells->cell->endpoint, "kept", kept, "outcome", sweep_text_outcome(step->outcome), "reason",
        kept ? json_null() : json_string(sweep_text_reason(step).text), "trustworthy", trustworthy);
    /* The standard classes stood here before there were others. */
    json_object_set(object, "small", json_object_get(classes, "small"));
    json_object_set(object, "large", json_object_get(classes, "large"));
    json_object_set_new(object, "classes", classes);
    json_array_append_new(json_object_get(document, "steps"), object);
}

void sweep_json_set_load(json_t *document, const struct buffer *load)
{
    json_object_set_new(document, "load",
                        load->length ? json_stringn(load->data, load->length) : json_null());
}

void sweep_json_add_limit(json_t *document, const struct options *options,
                          const struct sweep_subject *subject, const char *sentence, size_t length)
{
    static const char *const kinds[] = {[KNEE_NOT_MEASURED] = "not measured",
                                        [KNEE_CANT_TELL] = "can't tell",
                                        [KNEE_NONE] = "none kept",
                                        [KNEE_ALL] = "all kept",
                                        [KNEE_FOUND] = "found",
                                        [KNEE_NOT_SHOWN] = "not shown"};
    struct knee knee = knee_of(subject->steps);
    json_array_append_new(json_object_get(document, "limits"),
                          json_pack("{s:s, s:s, s:o, s:s, s:o, s:o, s:o}", "mode", subject->system,
                                    "endpoint", subject->endpoint, "safe_size",
                                    as_size(&options->sweep, knee.kept), "kind", kinds[knee.kind],
                                    "kept", text_of(knee.kept), "next", text_of(knee.next),
                                    "sentence", json_stringn(sentence, length)));
}

void sweep_json_set_trust(json_t *document, bool trustworthy)
{
    json_object_set_new(document, "trustworthy", json_boolean(trustworthy));
}
