/* A tile of convolutions for one set of instructions: included by the files that name one, with
 * VECTOR, LANES_OF, LOAD, STORE, SPLAT, ADD_PRODUCT, TARGET, N_PIXELS and NAME. A part of a tile has
 * two vectors of outputs, so that all of its sums stay in registers.
 */
TARGET static void NAME(const float *const *from, const Window *window, const float *weights,
                        const float *bias, float *out, size_t row)
{
    const size_t length = window->length;
    for (size_t part = 0; part < GROUP; part += 2 * LANES_OF) {
        VECTOR a[N_PIXELS], b[N_PIXELS];
        const float *w = weights + part;
        const float *x[N_PIXELS];
        for (size_t p = 0; p < N_PIXELS; p++) {
            a[p] = LOAD(bias + part);
            b[p] = LOAD(bias + part + LANES_OF);
            x[p] = from[p];
        }
        for (size_t run = 0; run < window->runs; run++) {
            for (size_t k = 0; k < length; k++, w += GROUP) {
                const VECTOR first = LOAD(w), second = LOAD(w + LANES_OF);
                for (size_t p = 0; p < N_PIXELS; p++) {
                    const VECTOR value = SPLAT(x[p][k]);
                    a[p] = ADD_PRODUCT(value, first, a[p]);
                    b[p] = ADD_PRODUCT(value, second, b[p]);
                }
            }
            for (size_t p = 0; p < N_PIXELS; p++)
                x[p] += window->apart;
        }
        for (size_t p = 0; p < N_PIXELS; p++) {
            STORE(out + p * row + part, a[p]);
            STORE(out + p * row + part + LANES_OF, b[p]);
        }
    }
}
