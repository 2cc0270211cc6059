/* What both shapes of trees share: the arguments of a call, and adding a leaf. */
#ifndef PLIANT_TREES_H
#define PLIANT_TREES_H

#include "running.h"

/* The job of a call of (packed trees, codes, out); -1 with an exception when it is none. */
int job_of(PyObject *const *args, Py_ssize_t n_args, Py_buffer *views, Job *job);

/* Whether codes and outputs are what trees need; 0 with an exception when they are not. */
int fits(const Job *job, size_t width, int outputs_fit);

static inline void add_values(const float *leaf, size_t n_values, double *out)
{
    out[0] += (double)leaf[0]; /* most models have one value: spare them the loop */
    for (size_t v = 1; v < n_values; v++)
        out[v] += (double)leaf[v];
}

#endif
