/* Nearest neighbours, as ops/values.py says: the average of the answers of the k nearest points.
 *
 * Squared distances are float64 sums, |v|^2 - 2 v.p + |p|^2, of all points at once. Where they are
 * exact, as for our own models, the same points are found as in NumPy; their answers are averaged
 * in another order.
 */
#include "levels.h"
#include "program.h"
#include <math.h>

typedef struct {
    double *cross;  /* (p, m): -2 times the points */
    double *shift;  /* (m,): their squares, and what lets the first of equals count */
    double *later;  /* (m,): the latter alone */
    float *answers; /* (m, V) */
    size_t n_points, n_in, k;
} Neighbours;

typedef struct {
    double squared;
    size_t point;
} Near;

static void free_neighbours(void *model)
{
    Neighbours *m = model;
    free(m->cross);
    free(m->shift);
    free(m->later);
    free(m->answers);
    free(m);
}

ALWAYS_INLINE void distances_all(const Neighbours *m, const double *row, double own,
                                 double *restrict squared)
{
    const size_t n = m->n_points;
    for (size_t j = 0; j < n; j++)
        squared[j] = 0;
    for (size_t i = 0; i < m->n_in; i++) {
        const double *restrict cross = m->cross + i * n, value = row[i];
        for (size_t j = 0; j < n; j++)
            squared[j] += value * cross[j];
    }
    for (size_t j = 0; j < n; j++)
        squared[j] = squared[j] + m->shift[j] + own;
}

DISPATCH(distances, distances_all,
         (const Neighbours *m, const double *row, double own, double *squared),
         (m, row, own, squared))

/* Fills `near` with the k nearest, the nearest first. */
static void nearest(const Neighbours *m, const double *squared, Near *near)
{
    size_t count = 0;
    for (size_t j = 0; j < m->n_points; j++) {
        if (count == m->k && !(squared[j] < near[count - 1].squared))
            continue;
        size_t at = count < m->k ? count++ : count - 1;
        for (; at > 0 && squared[j] < near[at - 1].squared; at--)
            near[at] = near[at - 1];
        near[at] = (Near){squared[j], j};
    }
}

static void neighbours(const Step *s, const Planes *at, size_t stride, size_t rows)
{
    const Neighbours *m = s->model;
    double *row = (double *)(void *)(at->scratch + (stride > 1 ? (size_t)CONSTANTS * BLOCK : 0));
    double *squared = row + m->n_in;
    Near *near = (Near *)(void *)(squared + m->n_points);
    for (size_t r = 0; r < rows; r++) {
        double own = 0, total = 0;
        for (size_t i = 0; i < m->n_in; i++) {
            row[i] = at->values[s->in[i] * stride + r];
            own += row[i] * row[i];
        }
        distances(m, row, own, squared);
        nearest(m, squared, near);
        for (size_t i = 0; i < m->k; i++) {
            const double found = near[i].squared - m->later[near[i].point];
            near[i].squared = 1 / (sqrt(found < 0 ? 0 : found) + 1e-3);
            total += near[i].squared;
        }
        for (size_t v = 0; v < s->n; v++) {
            double sum = 0;
            for (size_t i = 0; i < m->k; i++)
                sum += near[i].squared / total * (double)m->answers[near[i].point * s->n + v];
            at->values[(s->out + v) * stride + r] = sum;
        }
    }
}

/* As many binary digits as Python's `int.bit_length` says. */
static int bit_length(size_t n)
{
    int bits = 0;
    for (; n; n >>= 1)
        bits++;
    return bits;
}

static int fill_neighbours(Neighbours *m, const float *points, const Py_buffer *answers)
{
    const size_t n = m->n_points, p = m->n_in;
    m->cross = calloc(n * p + 1, sizeof *m->cross);
    m->shift = calloc(n + 1, sizeof *m->shift);
    m->later = calloc(n + 1, sizeof *m->later);
    m->answers = copy_of(answers);
    if (!m->cross || !m->shift || !m->later || !m->answers) {
        PyErr_NoMemory();
        return -1;
    }
    for (size_t j = 0; j < n; j++) {
        double norm = 0;
        for (size_t i = 0; i < p; i++) {
            const double x = (double)points[j * p + i];
            m->cross[i * n + j] = -2 * x;
            norm += x * x;
        }
        m->later[j] = ldexp((double)j, -(24 + bit_length(n)));
        m->shift[j] = norm + m->later[j];
    }
    return 0;
}

static int pack_points(Pack *p, const Py_buffer *v)
{
    const size_t n = (size_t)v[0].shape[0], n_out = (size_t)v[1].shape[1];
    Neighbours *m = NULL;
    if (n < 1 || (size_t)v[1].shape[0] != n || (size_t)v[0].shape[1] != p->step->n_in ||
        p->step->number < 1 || p->step->number > n)
        fail("expected points of as many values as the input, an answer a point, and k of them");
    else if (!(m = calloc(1, sizeof *m)))
        PyErr_NoMemory();
    if (!m)
        return -1;
    p->step->model = m;
    p->step->drop = free_neighbours;
    m->n_points = n, m->n_in = p->step->n_in, m->k = p->step->number;
    if (fill_neighbours(m, v[0].buf, &v[1]) < 0)
        return -1;
    p->step->apply = neighbours;
    p->step->cost = n * (m->n_in + 4) / 4;
    p->step->scratch = (m->n_in + n) * sizeof(double) + m->k * sizeof(Near);
    p->step->row_scratch = p->step->scratch;
    return new_wire(p, VALUES, n_out);
}

int pack_neighbours(Pack *p)
{
    static const Want wants[] = {{"points", F32, 2, 0, 0}, {"answers", F32, 2, 0, 0}};
    Py_buffer v[2] = {{0}};
    int done = -1;
    if (read_inputs(p, VALUES, 1) == 0 && take_all(p->arrays, p->n_arrays, wants, v, 2) == 0)
        done = pack_points(p, v);
    release(v, 2);
    return done;
}
