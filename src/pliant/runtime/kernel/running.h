/* Work over rows: in blocks, without the GIL, with a look at Ctrl-C. */
#ifndef PLIANT_RUNNING_H
#define PLIANT_RUNNING_H

#include "buffers.h"

#define LANES 8   /* walks or searches in flight at once, to hide the latency of loads */
#define BLOCK 128 /* rows that go through all trees together, to keep both in cache */

#ifdef _MSC_VER
#define NOINLINE __declspec(noinline)
#else
#define NOINLINE __attribute__((noinline))
#endif

typedef struct {
    const void *model;
    const uint8_t *codes;
    double *out;
    size_t width, n_outputs;
    uint8_t *scratch;
} Job;

typedef void (*Rows)(const Job *job, size_t from, size_t to);

/* Runs `rows` over n rows of `cost` units each. Releases the GIL unless the work is small. */
int run(Rows rows, const Job *job, size_t n, size_t cost);

#endif
