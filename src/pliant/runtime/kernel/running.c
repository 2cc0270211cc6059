/* Work over rows: in blocks, without the GIL, with a look at Ctrl-C. */
#include "running.h"

#define KEEP_GIL 4096             /* units below which releasing the GIL costs more */
#define BETWEEN_SIGNALS (1 << 26) /* units between two looks at Ctrl-C */

int run(Rows rows, void *context, size_t n, size_t cost)
{
    size_t step = BETWEEN_SIGNALS / (cost ? cost : 1) / BLOCK * BLOCK;
    if (step == 0)
        step = BLOCK;
    if (n <= step && n * cost <= KEEP_GIL) {
        rows(context, 0, n);
        return 0;
    }
    for (size_t from = 0; from < n; from += step) {
        size_t to = n - from < step ? n : from + step;
        Py_BEGIN_ALLOW_THREADS
        rows(context, from, to);
        Py_END_ALLOW_THREADS
        if (PyErr_CheckSignals() < 0)
            return -1;
    }
    return 0;
}
