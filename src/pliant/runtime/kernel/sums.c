/* Leaves as Python hands them over: float32, or int16 with a scale. */
#include "sums.h"

int take_leaves(const Pack *p, int i, int ndim, Py_buffer *views)
{
    const Want floats = {"leaves", F32, ndim, 0, 0}, whole = {"leaves", I16, ndim, 0, 0};
    static const Want scale = {"scale", F64, 1, 0, 0};
    if (p->n_arrays == i + 1)
        return take(p->arrays[i], &floats, &views[0]);
    if (p->n_arrays == i + 2)
        return take(p->arrays[i], &whole, &views[0]) ? -1
                                                     : take(p->arrays[i + 1], &scale, &views[1]);
    fail("expected leaves as float32, or as int16 and a scale");
    return -1;
}

int float_leaves(const Py_buffer *leaves, float **copy)
{
    const size_t n = (size_t)(leaves->len / leaves->itemsize);
    *copy = malloc((n + 1) * sizeof **copy);
    if (!*copy) {
        PyErr_NoMemory();
        return -1;
    }
    if (leaves->itemsize == sizeof(int16_t))
        for (size_t i = 0; i < n; i++)
            (*copy)[i] = (float)((const int16_t *)leaves->buf)[i];
    else if (n)
        memcpy(*copy, leaves->buf, n * sizeof **copy);
    return 0;
}

int scale_of(const Py_buffer *scale, size_t n, double **copy)
{
    if (!scale->obj)
        return 0;
    if ((size_t)scale->shape[0] != n) {
        fail("expected a scale an output");
        return -1;
    }
    *copy = copy_of(scale);
    if (!*copy)
        PyErr_NoMemory();
    return *copy ? 0 : -1;
}
