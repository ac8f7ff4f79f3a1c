/* packed.c: see packed.h. */
#include "report/packed.h"

#include "base/error.h"

#include <string.h>

#define ZLIB_CONST
#include <zlib.h>

enum { CHUNK_SIZE = 16384, LEB128_MOST = 9 };

void packed_put(struct buffer *out, int64_t value)
{
    uint64_t rest = (uint64_t)value << 1 ^ (uint64_t)(value >> 63);
    uint8_t bytes[LEB128_MOST];
    size_t used = 0;
    while (rest > 0x7f && used < LEB128_MOST - 1) {
        bytes[used++] = (uint8_t)(rest | 0x80);
        rest >>= 7;
    }
    bytes[used++] = (uint8_t)rest;
    buffer_append(out, bytes, used);
}

bool packed_get(const uint8_t *bytes, size_t length, size_t *at, int64_t *value)
{
    uint64_t raw = 0;
    for (int i = 0; i < LEB128_MOST; i++) {
        if (*at == length)
            return false;
        uint8_t byte = bytes[(*at)++];
        bool last = i == LEB128_MOST - 1 || byte < 0x80;
        raw |= (uint64_t)(last ? byte : byte & 0x7f) << (7 * i);
        if (last)
            break;
    }
    *value = (int64_t)(raw >> 1) ^ -(int64_t)(raw & 1);
    return true;
}

void packed_zip(const struct buffer *plain, struct buffer *out)
{
    uLongf room = compressBound(plain->length);
    if (plain->error || buffer_reserve(out, out->length + room) ||
        compress2((Bytef *)out->data + out->length, &room, (const Bytef *)plain->data,
                  plain->length, Z_DEFAULT_COMPRESSION) != Z_OK)
        out->error = -ENOMEM;
    else
        out->length += room;
}

static int inflate_all(z_stream *stream, size_t most, struct buffer *out)
{
    uint8_t chunk[CHUNK_SIZE];
    int code = Z_OK;
    while (!out->error && code == Z_OK) {
        stream->next_out = chunk;
        stream->avail_out = sizeof chunk;
        code = inflate(stream, Z_NO_FLUSH);
        buffer_append(out, chunk, sizeof chunk - stream->avail_out);
        if (out->length > most)
            return PACKED_INVALID;
    }
    if (out->error || code == Z_MEM_ERROR)
        return -ENOMEM;
    return code == Z_STREAM_END ? 0 : PACKED_INVALID;
}

int packed_unzip(const uint8_t *bytes, size_t length, size_t most, struct buffer *out)
{
    z_stream stream;
    memset(&stream, 0, sizeof stream);
    if (inflateInit(&stream) != Z_OK)
        return -ENOMEM;
    stream.next_in = bytes;
    stream.avail_in = (uInt)length;
    int r = inflate_all(&stream, most, out);
    inflateEnd(&stream);
    return r;
}
