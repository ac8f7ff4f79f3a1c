/*
 * unit.c: all of jansson, for one look of the compiler, with a table of our own for objects. With
 * JANSSON_STOCK_TABLE it has jansson's own: the benchmark measures against that.
 */
#include "jansson_key_ahead.h"

__attribute__((visibility("default"))) int (*jansson_key_ahead)(uint32_t *hash);

#ifndef JANSSON_STOCK_TABLE
#include "own_hashtable.h"
#endif

#include "src/dump.c"
#include "src/error.c"
#ifdef JANSSON_STOCK_TABLE
#include "src/hashtable.c"
#else
#include "own_hashtable.c"
#endif
#include "src/hashtable_seed.c"
#include "src/load.c"
#include "src/memory.c"
#include "src/pack_unpack.c"
#include "src/strbuffer.c"
#include "src/strconv.c"
#include "src/utf.c"
#include "src/value.c"
#include "src/version.c"
