/* What the module offers to Python. */
#ifndef PLIANT_MODULE_H
#define PLIANT_MODULE_H

#include "buffers.h"

#define CALL(name) PyObject *name(PyObject *self, PyObject *const *args, Py_ssize_t n_args)

CALL(bin_numbers);
CALL(bin_column);
CALL(pack_general);
CALL(pack_oblivious);
CALL(general_trees);
CALL(oblivious_trees);

#endif
