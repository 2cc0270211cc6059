/* Sums of leaves, which both shapes of trees share.
 *
 * Leaves are float32 values, or int16 whole numbers with a float64 scale for each output: sums of
 * those are exact, so that their order is of no account, and are scaled in the end.
 */
#ifndef PLIANT_SUMS_H
#define PLIANT_SUMS_H

#include "program.h"

#define TOGETHER 4 /* trees whose leaves are added to a row at once, in their order */

/* Adds to each output of each row of a block the values of its leaf, for up to TOGETHER trees. */
static inline void add_leaves(const float *const *values, const uint8_t (*numbers)[BLOCK],
                              size_t count, size_t n_values, size_t rows, double *restrict out)
{
    if (n_values == 1 && count == TOGETHER) {
        const float *restrict a = values[0], *restrict b = values[1];
        const float *restrict c = values[2], *restrict d = values[3];
        for (size_t r = 0; r < rows; r++) {
            double sum = out[r] + (double)a[numbers[0][r]];
            sum += (double)b[numbers[1][r]];
            sum += (double)c[numbers[2][r]];
            out[r] = sum + (double)d[numbers[3][r]];
        }
        return;
    }
    for (size_t i = 0; i < count; i++)
        for (size_t v = 0; v < n_values; v++)
            for (size_t r = 0; r < rows; r++)
                out[v * BLOCK + r] += (double)values[i][numbers[i][r] * n_values + v];
}

/* Takes leaves, array `i` of a step, of `ndim` dimensions, and the scale after them where they are
 * whole numbers, into two views; -1 with an exception. */
int take_leaves(const Pack *p, int i, int ndim, Py_buffer *views);

/* A copy of leaves as float32, which holds int16 exactly; -1 with an exception. */
int float_leaves(const Py_buffer *leaves, float **copy);

/* A copy of a scale that has `n` values, or NULL where there is none; -1 with an exception. */
int scale_of(const Py_buffer *scale, size_t n, double **copy);

/* Multiplies each output by its scale, where there is one. */
static inline void scale_outputs(const double *scale, size_t n, size_t stride, size_t rows,
                                 double *out)
{
    for (size_t v = 0; scale && v < n; v++)
        for (size_t r = 0; r < rows; r++)
            out[v * stride + r] *= scale[v];
}

#endif
