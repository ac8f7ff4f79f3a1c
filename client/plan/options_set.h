/*
 * options_set.h: how the values of options are checked and stored that are no
 * plain numbers, times or texts. Each function is an option_setter whose target is
 * the struct options.
 */
#ifndef LOOPLAG_CLIENT_OPTIONS_SET_H
#define LOOPLAG_CLIENT_OPTIONS_SET_H

#include "base/option.h"
#include "plan/options.h"

const char *options_set_base_url(void *target, const char *text);
const char *options_set_endpoint(void *target, const char *text);
const char *options_set_small_size(void *target, const char *text);
const char *options_set_large_size(void *target, const char *text);
const char *options_set_class(void *target, const char *text);
const char *options_set_arrival(void *target, const char *text);
const char *options_set_keepalive(void *target, const char *text);
const char *options_set_header(void *target, const char *text);
const char *options_set_seed(void *target, const char *text);
const char *options_set_format(void *target, const char *text);
const char *options_set_modes(void *target, const char *text);
const char *options_set_system(void *target, const char *text);
const char *options_set_target(void *target, const char *text);
const char *options_set_start(void *target, const char *text);
const char *options_set_ready(void *target, const char *text);
const char *options_set_topology(void *target, const char *text);
const char *options_set_balance(void *target, const char *text);
const char *options_set_peers(void *target, const char *text);
const char *options_set_endpoints(void *target, const char *text);
const char *options_set_slo(void *target, const char *text);
const char *options_set_margin(void *target, const char *text);
const char *options_set_precision(void *target, const char *text);
const char *options_set_stop_at(void *target, const char *text);
const char *options_set_probe(void *target, const char *text);
const char *options_set_start_at(void *target, const char *text);

/** Adds a class, whose name must be new. Returns NULL, or what is expected. */
const char *options_add_class(struct options *options, const struct traffic_class *class);

/** Keeps a text (from malloc) until the options are freed. Returns it, or NULL without memory. */
const char *options_own(struct options *options, char *text);

/** The names of the formats of a run, of saved results, of a sweep and of a diff; NULL behind the
 * last. */
const char *options_format(size_t index);
const char *options_saved_format(size_t index);
const char *options_sweep_format(size_t index);
const char *options_diff_format(size_t index);

#endif
