/* CRC-32, of the polynomial that zlib and PNG use, a byte after another. */
#ifndef PLIANT_CRC_H
#define PLIANT_CRC_H

#include <stddef.h>
#include <stdint.h>

#define CRC_START 0xFFFFFFFFu

/* The checksum of every byte; made by `make_crc_table`, which is called once, before it is read. */
extern uint32_t crc_table[256];
void make_crc_table(void);

static inline uint32_t crc_after(uint32_t crc, unsigned char byte)
{
    return crc_table[(crc ^ byte) & 255] ^ crc >> 8;
}

static inline uint32_t crc_after_all(uint32_t crc, const unsigned char *text, size_t n)
{
    for (size_t i = 0; i < n; i++)
        crc = crc_after(crc, text[i]);
    return crc;
}

#endif
