/* Arrays that Python hands over, by the buffer protocol alone. */
#ifndef PLIANT_BUFFERS_H
#define PLIANT_BUFFERS_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    const char *name, *type, *formats; /* formats: the letters of `struct` that mean `type` */
    Py_ssize_t itemsize;
    int ndim, writable, strided; /* strided: any strides will do */
} Want;

#define U8 "uint8", "B", 1
#define I8 "int8", "b", 1
#define U16 "uint16", "H", 2
#define I16 "int16", "h", 2
#define I32 "int32", "il", 4
#define I64 "int64", "lq", 8
#define F32 "float32", "f", 4
#define F64 "float64", "d", 8
#define FLOATS "float64 or float32", "df", 0 /* an itemsize of 0: as the format says */

/* Takes an array that is as wanted; -1 with an exception when it is not. */
int take(PyObject *array, const Want *want, Py_buffer *view);

/* Takes `count` arrays that are as wanted; -1 with an exception when one is not. Views that were
 * taken, all of them zeroed before, are released by `release` in either case. */
int take_all(PyObject *const *args, Py_ssize_t n_args, const Want *wants, Py_buffer *views,
             int count);
void release(Py_buffer *views, int count);

/* A copy of a buffer, never NULL for an empty one. */
void *copy_of(const Py_buffer *view);

/* Raises ValueError with a sentence and returns NULL. */
PyObject *fail(const char *sentence);

#endif
