/* Steps on real values: what ops/values.py says, and the tables of ops/tree_sums.py.
 *
 * Exact, to the last bit: decode, arithmetic, tables. A dense layer adds float32 products in the
 * order of its inputs, where NumPy's library has orders of its own: the same to rounding.
 */
#include "exponential.h"
#include "program.h"

/* ---- decode ----------------------------------------------------------------------------- */

static void decode(const Step *s, const Planes *at, size_t stride, size_t rows)
{
    const uint16_t *feature = s->own[0];
    for (size_t j = 0; j < s->n; j++) {
        const float *table = (const float *)s->own[1] + 256 * j;
        const uint8_t *codes = at->codes + s->in[feature[j]] * stride;
        double *out = at->values + (s->out + j) * stride;
        for (size_t r = 0; r < rows; r++)
            out[r] = (double)table[codes[r]];
    }
}

int pack_decode(Pack *p)
{
    static const Want wants[] = {{"feature", U16, 1, 0, 0}, {"table", F32, 2, 0, 0}};
    Py_buffer v[2] = {{0}};
    int done = -1;
    if (read_inputs(p, CODES, 1) == 0 && take_all(p->arrays, p->n_arrays, wants, v, 2) == 0) {
        if (v[1].shape[0] != v[0].shape[0] || v[1].shape[1] != 256)
            fail("expected a table of 256 values a feature");
        else if (below(v[0].buf, v[0].shape[0], p->step->n_in) == 0 && keep_all(p, v, 2) == 0) {
            p->step->apply = decode;
            done = new_wire(p, VALUES, (size_t)v[0].shape[0]);
        }
    }
    release(v, 2);
    return done;
}

/* ---- arithmetic ------------------------------------------------------------------------- */

static void arithmetic(const Step *s, const Planes *at, size_t stride, size_t rows)
{
    const uint16_t *first = s->own[0], *second = s->own[1];
    const uint8_t *kind = s->own[2];
    for (size_t j = 0; j < s->n; j++) {
        const double *a = at->values + s->in[first[j]] * stride;
        const double *b = at->values + s->in[second[j]] * stride;
        double *out = at->values + (s->out + j) * stride;
        if (kind[j] == 0)
            for (size_t r = 0; r < rows; r++)
                out[r] = a[r] - b[r];
        else if (kind[j] == 1)
            for (size_t r = 0; r < rows; r++)
                out[r] = a[r] * b[r];
        else
            for (size_t r = 0; r < rows; r++)
                out[r] = b[r] != 0 ? a[r] / b[r] : (double)NAN;
    }
}

int pack_arithmetic(Pack *p)
{
    static const Want wants[] = {
        {"first", U16, 1, 0, 0}, {"second", U16, 1, 0, 0}, {"kind", U8, 1, 0, 0}};
    Py_buffer v[3] = {{0}};
    int done = -1;
    if (read_inputs(p, VALUES, 1) == 0 && take_all(p->arrays, p->n_arrays, wants, v, 3) == 0) {
        const Py_ssize_t n = v[0].shape[0];
        if (v[1].shape[0] != n || v[2].shape[0] != n)
            fail("expected first, second and kind of one length");
        else if (below(v[0].buf, n, p->step->n_in) == 0 && below(v[1].buf, n, p->step->n_in) == 0 &&
                 keep_all(p, v, 3) == 0) {
            p->step->apply = arithmetic;
            done = new_wire(p, VALUES, (size_t)n);
        }
    }
    release(v, 3);
    return done;
}

/* ---- dense ------------------------------------------------------------------------------ */

enum { IDENTITY, RELU, SILU, TANH };

/* Adds to `out`, float32 columns of a block, each input times its weights: four at a time. */
ALWAYS_INLINE void add_products(const float *restrict in, const float *restrict weight, size_t n_in,
                                size_t n_out, float *restrict out)
{
    for (size_t j = 0; j < n_out; j++) {
        float *restrict sum = out + j * BLOCK;
        for (size_t i = 0; i < n_in; i++) {
            const float *restrict x = in + i * BLOCK, w = weight[i * n_out + j];
            for (size_t r = 0; r < BLOCK; r++)
                sum[r] += x[r] * w;
        }
    }
}

DISPATCH(products, add_products,
         (const float *in, const float *weight, size_t n_in, size_t n_out, float *out),
         (in, weight, n_in, n_out, out))

/* The same for a row alone: the weights of an input lie side by side. */
ALWAYS_INLINE void add_row(const float *restrict in, const float *restrict weight, size_t n_in,
                           size_t n_out, float *restrict out)
{
    for (size_t i = 0; i < n_in; i++) {
        const float x = in[i], *restrict w = weight + i * n_out;
        for (size_t j = 0; j < n_out; j++)
            out[j] += x * w[j];
    }
}

DISPATCH(products_row, add_row,
         (const float *in, const float *weight, size_t n_in, size_t n_out, float *out),
         (in, weight, n_in, n_out, out))

ALWAYS_INLINE void activate_all(const float *restrict in, size_t n, size_t activation,
                                double *restrict out)
{
    if (activation == RELU)
        for (size_t i = 0; i < n; i++)
            out[i] = in[i] < 0 ? 0.0 : (double)in[i];
    else if (activation == SILU)
        for (size_t i = 0; i < n; i++)
            out[i] = (double)(float)((double)in[i] / (1 + exponential(-(double)in[i])));
    else if (activation == TANH)
        for (size_t i = 0; i < n; i++)
            out[i] = (double)(float)(1 - 2 / (1 + exponential(2 * (double)in[i])));
    else
        for (size_t i = 0; i < n; i++)
            out[i] = (double)in[i];
}

DISPATCH(activate, activate_all, (const float *in, size_t n, size_t activation, double *out),
         (in, n, activation, out))

static void dense(const Step *s, const Planes *at, size_t stride, size_t rows)
{
    const float *weight = s->own[0], *bias = s->own[1];
    float *in = (float *)(void *)(at->scratch + (stride > 1 ? (size_t)CONSTANTS * BLOCK : 0));
    float *out = in + s->n_in * stride;
    (void)rows;
    for (size_t i = 0; i < s->n_in; i++)
        for (size_t r = 0; r < stride; r++)
            in[i * stride + r] = (float)at->values[s->in[i] * stride + r];
    for (size_t j = 0; j < s->n; j++)
        for (size_t r = 0; r < stride; r++)
            out[j * stride + r] = 0;
    if (stride == 1)
        products_row(in, weight, s->n_in, s->n, out);
    else
        products(in, weight, s->n_in, s->n, out);
    for (size_t j = 0; j < s->n; j++)
        for (size_t r = 0; r < stride; r++)
            out[j * stride + r] += bias[j];
    activate(out, s->n * stride, s->number, at->values + s->out * stride);
}

int pack_dense(Pack *p)
{
    static const Want wants[] = {{"weight", F32, 2, 0, 0}, {"bias", F32, 1, 0, 0}};
    Py_buffer v[2] = {{0}};
    int done = -1;
    if (read_inputs(p, VALUES, 1) == 0 && take_all(p->arrays, p->n_arrays, wants, v, 2) == 0) {
        const size_t n = (size_t)v[1].shape[0];
        if ((size_t)v[0].shape[0] != p->step->n_in || (size_t)v[0].shape[1] != n ||
            p->step->number > TANH)
            fail("expected a weight an input and output, and an activation from 0 to 3");
        else if (keep_all(p, v, 2) == 0) {
            p->step->apply = dense;
            p->step->cost = p->step->n_in * n / 4;
            p->step->row_scratch = (p->step->n_in + n) * sizeof(float);
            p->step->scratch = p->step->row_scratch * BLOCK;
            done = new_wire(p, VALUES, n);
        }
    }
    release(v, 2);
    return done;
}

/* ---- tables ----------------------------------------------------------------------------- */

static void tables(const Step *s, const Planes *at, size_t stride, size_t rows)
{
    const uint16_t *feature = s->own[0];
    const int64_t *offsets = s->own[1];
    const float *table = s->own[2];
    const double *bias = s->own[3];
    const size_t n = s->number;
    for (size_t v = 0; v < s->n; v++) {
        double *out = at->values + (s->out + v) * stride;
        for (size_t r = 0; r < rows; r++)
            out[r] = -0.0;
        for (size_t j = 0; j < n; j++) {
            const uint8_t *codes = at->codes + s->in[feature[j]] * stride;
            const float *part = table + (size_t)offsets[j] * s->n + v;
            const size_t last = (size_t)(offsets[j + 1] - offsets[j]) - 1;
            for (size_t r = 0; r < rows; r++)
                out[r] += (double)part[(codes[r] < last ? codes[r] : last) * s->n];
        }
        for (size_t r = 0; r < rows; r++)
            out[r] += bias[v];
    }
}

int pack_tables(Pack *p)
{
    static const Want wants[] = {{"feature", U16, 1, 0, 0},
                                 {"offsets", I64, 1, 0, 0},
                                 {"table", F32, 2, 0, 0},
                                 {"bias", F64, 1, 0, 0}};
    Py_buffer v[4] = {{0}};
    int done = -1;
    if (read_inputs(p, CODES, 1) == 0 && take_all(p->arrays, p->n_arrays, wants, v, 4) == 0) {
        const Py_ssize_t n = v[0].shape[0];
        if (v[3].shape[0] != v[2].shape[1])
            fail("expected a bias a value");
        else if (below(v[0].buf, n, p->step->n_in) == 0 &&
                 cuts_of(&v[1], n, v[2].shape[0], 1, INT32_MAX) == 0 && keep_all(p, v, 4) == 0) {
            p->step->apply = tables;
            p->step->number = (size_t)n;
            p->step->cost = (size_t)n;
            done = new_wire(p, VALUES, (size_t)v[3].shape[0]);
        }
    }
    release(v, 4);
    return done;
}
