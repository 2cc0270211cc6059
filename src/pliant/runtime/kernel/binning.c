/* Binning: float64 values to uint8 codes, as binning.py says. */
#include "module.h"
#include "running.h"

#define MAX_EDGES 254 /* of a column, so that a code fits into a byte */

/* Binary searches without branches, `lanes` of them side by side, over values `stride` apart.
 * They end, and stay within the edges, whatever the edges hold. A NaN is above no edge. */
static inline void bin_lanes(const double *values, size_t stride, size_t lanes,
                             const double *edges, size_t n_edges, uint8_t *out)
{
    size_t below[LANES] = {0};
    for (size_t left = n_edges; left > 1; left -= left / 2)
        for (size_t l = 0; l < lanes; l++) {
            int above = values[l * stride] > edges[below[l] + left / 2 - 1];
            below[l] += left / 2 & -(size_t)above;
        }
    for (size_t l = 0; l < lanes; l++) {
        double value = values[l * stride];
        below[l] += n_edges && value > edges[below[l]];
        out[l * stride] = (uint8_t)((value == value) * (1 + below[l]));
    }
}

typedef struct {
    const double *edges;
    const int64_t *offsets;
    const double *values;
    uint8_t *out;
    size_t n_columns;
} Binning;

static void bin_rows(const Job *job, size_t from, size_t to)
{
    const Binning *b = job->model;
    const size_t width = b->n_columns;
    for (size_t start = from; start < to; start += BLOCK) {
        size_t end = to - start < BLOCK ? to : start + BLOCK;
        for (size_t c = 0; c < width; c++) {
            const double *edges = b->edges + b->offsets[c];
            const size_t n_edges = (size_t)(b->offsets[c + 1] - b->offsets[c]);
            const double *values = b->values + c;
            uint8_t *out = b->out + c;
            size_t r = start;
            for (; r + LANES <= end; r += LANES)
                bin_lanes(values + r * width, width, LANES, edges, n_edges, out + r * width);
            for (; r < end; r++)
                bin_lanes(values + r * width, width, 1, edges, n_edges, out + r * width);
        }
    }
}

static int run_binning(const Binning *b, size_t n, Py_ssize_t n_edges)
{
    int64_t previous = 0;
    for (size_t c = 0; c <= b->n_columns; c++) {
        int64_t next = b->offsets[c];
        if (next < previous || next > n_edges || (c && next - previous > MAX_EDGES)) {
            fail("expected offsets that rise by at most 254 a column, within the edges");
            return -1;
        }
        previous = next;
    }
    const Job job = {.model = b};
    return run(bin_rows, &job, n, b->n_columns);
}

PyObject *bin_numbers(PyObject *self, PyObject *const *args, Py_ssize_t n_args)
{
    static const Want wants[] = {
        {"values", F64, 2, 0}, {"edges", F64, 1, 0}, {"offsets", I64, 1, 0}, {"out", U8, 2, 1}};
    Py_buffer v[4] = {{0}};
    int done = -1;
    (void)self;
    if (take_all(args, n_args, wants, v, 4) == 0) {
        if (v[2].shape[0] != v[0].shape[1] + 1 || v[3].shape[0] != v[0].shape[0] ||
            v[3].shape[1] != v[0].shape[1])
            fail("expected one offset more than columns, and out of the shape of values");
        else
            done = run_binning(&(Binning){v[1].buf, v[2].buf, v[0].buf, v[3].buf,
                                          (size_t)v[0].shape[1]},
                               (size_t)v[0].shape[0], v[1].shape[0]);
    }
    release(v, 4);
    return done < 0 ? NULL : Py_NewRef(Py_None);
}

PyObject *bin_column(PyObject *self, PyObject *const *args, Py_ssize_t n_args)
{
    static const Want wants[] = {
        {"values", F64, 1, 0}, {"edges", F64, 1, 0}, {"out", U8, 1, 1}};
    Py_buffer v[3] = {{0}};
    int done = -1;
    (void)self;
    if (take_all(args, n_args, wants, v, 3) == 0) {
        const int64_t offsets[2] = {0, v[1].shape[0]};
        if (v[2].shape[0] != v[0].shape[0])
            fail("expected out of the length of values");
        else
            done = run_binning(&(Binning){v[1].buf, offsets, v[0].buf, v[2].buf, 1},
                               (size_t)v[0].shape[0], v[1].shape[0]);
    }
    release(v, 3);
    return done < 0 ? NULL : Py_NewRef(Py_None);
}
