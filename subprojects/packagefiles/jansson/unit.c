/* unit.c: all of jansson, for one look of the compiler. */
#include "jansson_table_order.h"

__attribute__((visibility("default"))) unsigned (*jansson_table_order)(void);

#include "src/dump.c"
#include "src/error.c"
#include "src/hashtable.c"
#include "src/hashtable_seed.c"
#include "src/load.c"
#include "src/memory.c"
#include "src/pack_unpack.c"
#include "src/strbuffer.c"
#include "src/strconv.c"
#include "src/utf.c"
#include "src/value.c"
#include "src/version.c"
