/*
 * jansson_table_order.h: lets the program choose how large each new object's hash table is.
 * hashtable.c uses INITIAL_HASHTABLE_ORDER as an expression.
 */
#ifndef JANSSON_TABLE_ORDER_H
#define JANSSON_TABLE_ORDER_H

/**
 * Returns the order of the next table: it begins with 2^order buckets. Called once for each new
 * object. NULL: each begins with jansson's usual 8. Set before any thread.
 */
extern unsigned (*jansson_table_order)(void);

#define INITIAL_HASHTABLE_ORDER (jansson_table_order ? jansson_table_order() : 3)

#endif
