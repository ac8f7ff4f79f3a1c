/* bodies.c: see bodies.h. */
#include "send/bodies.h"

#include "base/error.h"
#include "send/payload.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

/* A folder's files, in the order of their names. */
struct names {
    struct dirent **rows;
    int count;
};

static void names_deinit(struct names *names)
{
    while (names->count > 0)
        free(names->rows[--names->count]);
    free(names->rows);
}

static int is_shown(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static int refuse(const struct traffic_class *class, const char *path, const char *why,
                  char error[BODIES_ERROR_SIZE])
{
    snprintf(error, BODIES_ERROR_SIZE, "class %s: cannot read the body from %.200s: %s",
             class->name, path, why);
    return BODIES_UNREADABLE;
}

/* Adds what a file holds. Returns as bodies_make does. */
static int add_file(struct bodies *bodies, const struct traffic_class *class, const char *path,
                    char error[BODIES_ERROR_SIZE])
{
    int r = payload_read(path, &bodies->rows[bodies->count++]);
    if (r == -EISDIR)
        return refuse(class, path, "Is a directory: end it with / to send its files in turn",
                      error);
    return r == 0 || r == -ENOMEM ? r : refuse(class, path, strerror(-r), error);
}

static int add_folder(struct bodies *bodies, const struct traffic_class *class,
                      char error[BODIES_ERROR_SIZE])
{
    char path[CLASS_PATH_SIZE + sizeof((struct dirent *)0)->d_name];
    struct stat file;
    CLEANUP(names_deinit)
    struct names names = {.rows = NULL};
    names.count = scandir(class->body_file, &names.rows, is_shown, alphasort);
    if (names.count < 0)
        return refuse(class, class->body_file, strerror(errno), error);
    if (names.count > BODIES_MOST)
        return refuse(class, class->body_file, "it holds more than 10,000 files", error);
    bodies->rows = calloc((size_t)names.count + 1, sizeof *bodies->rows);
    int r = bodies->rows ? 0 : -ENOMEM;
    for (int i = 0; r == 0 && i < names.count; i++) {
        snprintf(path, sizeof path, "%s%s", class->body_file, names.rows[i]->d_name);
        if (stat(path, &file) || !S_ISDIR(file.st_mode))
            r = add_file(bodies, class, path, error);
    }
    if (r == 0 && bodies->count == 0)
        return refuse(class, class->body_file, "it holds no file", error);
    return r;
}

static int add_one(struct bodies *bodies, const struct traffic_class *class, uint64_t seed,
                   char error[BODIES_ERROR_SIZE])
{
    bodies->rows = calloc(1, sizeof *bodies->rows);
    if (!bodies->rows)
        return -ENOMEM;
    if (class->body_file[0])
        return add_file(bodies, class, class->body_file, error);
    return payload_generate(class->name, &class->size, seed, &bodies->rows[bodies->count++]);
}

int bodies_make(struct bodies *bodies, const struct traffic_class *class, uint64_t seed,
                char error[BODIES_ERROR_SIZE])
{
    size_t length = strlen(class->body_file);
    bool folder = length > 0 && class->body_file[length - 1] == '/';
    memset(bodies, 0, sizeof *bodies);
    if (!class_has_body(class))
        return 0;
    int r = folder ? add_folder(bodies, class, error) : add_one(bodies, class, seed, error);
    for (size_t i = 0; i < bodies->count; i++)
        bodies->mean_bytes += bodies->rows[i].length;
    if (bodies->count)
        bodies->mean_bytes /= bodies->count;
    return r;
}

const struct buffer *bodies_of(const struct bodies *bodies, uint64_t id)
{
    return bodies->count ? &bodies->rows[(id - 1) % bodies->count] : NULL;
}

void bodies_deinit(struct bodies *bodies)
{
    while (bodies->count > 0)
        buffer_deinit(&bodies->rows[--bodies->count]);
    free(bodies->rows);
    bodies->rows = NULL;
}
