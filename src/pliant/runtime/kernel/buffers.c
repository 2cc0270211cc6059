/* Arrays that Python hands over: taken as wanted, or refused with a sentence. */
#include "buffers.h"

int take(PyObject *array, const Want *want, Py_buffer *view)
{
    int flags = (want->strided ? PyBUF_STRIDES : PyBUF_C_CONTIGUOUS) | PyBUF_FORMAT |
                (want->writable ? PyBUF_WRITABLE : 0);
    if (PyObject_GetBuffer(array, view, flags) == 0) {
        const char *format = view->format ? view->format : "B";
        if (view->ndim == want->ndim && (!want->itemsize || view->itemsize == want->itemsize) &&
            format[0] != 0 && format[1] == 0 && strchr(want->formats, format[0]) &&
            view->itemsize > 0 && (uintptr_t)view->buf % (size_t)view->itemsize == 0)
            return 0;
    } else if (PyErr_ExceptionMatches(PyExc_MemoryError)) {
        return -1;
    }
    PyErr_Format(PyExc_ValueError,
                 "expected %s as a C-contiguous, aligned%s %s array of %d dimension(s)", want->name,
                 want->writable ? ", writable" : "", want->type, want->ndim);
    return -1;
}

void release(Py_buffer *views, int count)
{
    for (int i = 0; i < count; i++)
        PyBuffer_Release(&views[i]); /* no-op for a view that was never taken */
}

int take_all(PyObject *const *args, Py_ssize_t n_args, const Want *wants, Py_buffer *views,
             int count)
{
    if (n_args != count) {
        PyErr_Format(PyExc_TypeError, "expected %d arrays, got %zd", count, n_args);
        return -1;
    }
    for (int i = 0; i < count; i++)
        if (take(args[i], &wants[i], &views[i]) < 0)
            return -1;
    return 0;
}

PyObject *fail(const char *sentence)
{
    PyErr_SetString(PyExc_ValueError, sentence);
    return NULL;
}

void *copy_of(const Py_buffer *view)
{
    void *copy = malloc(view->len ? (size_t)view->len : 1);
    if (copy && view->len)
        memcpy(copy, view->buf, (size_t)view->len);
    return copy;
}
