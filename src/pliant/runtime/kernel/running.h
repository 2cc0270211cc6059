/* Work over rows: in blocks, without the GIL, with a look at Ctrl-C. */
#ifndef PLIANT_RUNNING_H
#define PLIANT_RUNNING_H

#include "buffers.h"

#define LANES 8   /* walks or searches in flight at once, to hide the latency of loads */
#define BLOCK 128 /* rows that go through all ops together, to keep both in cache */

typedef void (*Rows)(void *context, size_t from, size_t to);

/* Runs `rows` over n rows of `cost` units each. Releases the GIL unless the work is small. */
int run(Rows rows, void *context, size_t n, size_t cost);

#endif
