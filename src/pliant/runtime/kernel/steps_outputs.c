/* Steps at the end of a program: what ops/outputs.py says.
 *
 * Exact, to the last bit: mix, affine, identity. Links that exponentiate or divide by a sum agree
 * with NumPy to rounding, a few parts in 1e16.
 */
#include "exponential.h"
#include "program.h"

enum { IDENTITY, SIGMOID, SOFTMAX, SIMPLEX };

ALWAYS_INLINE void sigmoid_all(const double *restrict in, size_t n, double *restrict out)
{
    for (size_t i = 0; i < n; i++) {
        double x = in[i] < -500 ? -500 : in[i];
        x = x > 500 ? 500 : x;
        out[i] = 1 / (1 + exponential(-x));
    }
}

DISPATCH(sigmoid, sigmoid_all, (const double *in, size_t n, double *out), (in, n, out))

ALWAYS_INLINE void exponentials_all(const double *restrict in, const double *restrict highest,
                                    size_t n, double *restrict out, double *restrict sum)
{
    for (size_t i = 0; i < n; i++) {
        out[i] = exponential(in[i] - highest[i]);
        sum[i] += out[i];
    }
}

DISPATCH(exponentials, exponentials_all,
         (const double *in, const double *highest, size_t n, double *out, double *sum),
         (in, highest, n, out, sum))

static void softmax(const Step *s, const Planes *at, size_t stride, size_t rows)
{
    double highest[BLOCK], sum[BLOCK] = {0};
    for (size_t r = 0; r < rows; r++)
        highest[r] = -(double)INFINITY;
    for (size_t v = 0; v < s->n; v++)
        for (size_t r = 0; r < rows; r++) {
            const double x = at->values[s->in[v] * stride + r];
            highest[r] = x > highest[r] ? x : highest[r];
        }
    for (size_t v = 0; v < s->n; v++)
        exponentials(at->values + s->in[v] * stride, highest, rows,
                     at->values + (s->out + v) * stride, sum);
    for (size_t v = 0; v < s->n; v++)
        for (size_t r = 0; r < rows; r++)
            at->values[(s->out + v) * stride + r] /= sum[r];
}

static void simplex(const Step *s, const Planes *at, size_t stride, size_t rows)
{
    double sum[BLOCK] = {0};
    for (size_t v = 0; v < s->n; v++)
        for (size_t r = 0; r < rows; r++) {
            double x = at->values[s->in[v] * stride + r];
            x = x < 0 ? 0 : x > 1 ? 1 : x;
            at->values[(s->out + v) * stride + r] = x;
            sum[r] += x;
        }
    for (size_t v = 0; s->n > 1 && v < s->n; v++)
        for (size_t r = 0; r < rows; r++)
            at->values[(s->out + v) * stride + r] /= sum[r] < 1e-12 ? 1e-12 : sum[r];
}

static void sigmoids(const Step *s, const Planes *at, size_t stride, size_t rows)
{
    for (size_t v = 0; v < s->n; v++)
        sigmoid(at->values + s->in[v] * stride, rows, at->values + (s->out + v) * stride);
}

int pack_link(Pack *p)
{
    static const Apply LINKS[] = {NULL, sigmoids, softmax, simplex};
    if (read_inputs(p, VALUES, 1) < 0)
        return -1;
    if (p->n_arrays || p->step->number > SIMPLEX) {
        fail("expected a link from 0 to 3 and no arrays");
        return -1;
    }
    if (p->step->number == IDENTITY)
        return same_columns(p, NULL, p->step->n_in);
    p->step->apply = LINKS[p->step->number];
    p->step->cost = 8 * p->step->n_in;
    return new_wire(p, VALUES, p->step->n_in);
}

static void mix(const Step *s, const Planes *at, size_t stride, size_t rows)
{
    const double *weights = s->own[0];
    const size_t n_parts = s->n_in / s->n;
    for (size_t v = 0; v < s->n; v++) {
        double *restrict out = at->values + (s->out + v) * stride;
        for (size_t i = 0; i < n_parts; i++) {
            const double *restrict part = at->values + s->in[i * s->n + v] * stride;
            if (i == 0)
                for (size_t r = 0; r < rows; r++)
                    out[r] = part[r] * weights[0];
            else
                for (size_t r = 0; r < rows; r++)
                    out[r] += part[r] * weights[i];
        }
    }
}

int pack_mix(Pack *p)
{
    static const Want wants[] = {{"weights", F64, 1, 0, 0}};
    Py_buffer v[1] = {{0}};
    int done = -1;
    if (read_inputs(p, VALUES, 0) == 0 && take_all(p->arrays, p->n_arrays, wants, v, 1) == 0) {
        const size_t width = p->inputs[0].width;
        int same = width > 0 && (size_t)v[0].shape[0] == p->n_inputs;
        for (size_t i = 0; i < p->n_inputs; i++)
            same &= p->inputs[i].width == width;
        if (!same)
            fail("expected a weight an input, and inputs of one width");
        else if (keep_all(p, v, 1) == 0) {
            p->step->apply = mix;
            done = new_wire(p, VALUES, width);
        }
    }
    release(v, 1);
    return done;
}

static void affine(const Step *s, const Planes *at, size_t stride, size_t rows)
{
    const double *scale = s->own[0], *shift = s->own[1];
    for (size_t v = 0; v < s->n; v++) {
        const double *restrict in = at->values + s->in[v] * stride;
        double *restrict out = at->values + (s->out + v) * stride;
        for (size_t r = 0; r < rows; r++)
            out[r] = in[r] * scale[v] + shift[v];
    }
}

int pack_affine(Pack *p)
{
    static const Want wants[] = {{"scale", F64, 1, 0, 0}, {"shift", F64, 1, 0, 0}};
    Py_buffer v[2] = {{0}};
    int done = -1;
    if (read_inputs(p, VALUES, 1) == 0 && take_all(p->arrays, p->n_arrays, wants, v, 2) == 0) {
        const size_t n = p->step->n_in;
        if ((size_t)v[0].shape[0] != n || (size_t)v[1].shape[0] != n)
            fail("expected a scale and a shift a value");
        else if (keep_all(p, v, 2) == 0) {
            p->step->apply = affine;
            done = new_wire(p, VALUES, n);
        }
    }
    release(v, 2);
    return done;
}
