# Run as a script: writes OUTPUT, a C++ source that defines FUNCTION in namespace tierwatch, which answers with the bytes of
# FILE. HEADER declares it.

file(READ "${FILE}" bytes HEX)
string(REGEX REPLACE "(................................)" "\\1\n" bytes "${bytes}")
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
file(WRITE "${OUTPUT}" "// Generated. Do not edit.
#include \"${HEADER}\"

namespace tierwatch {
namespace {

alignas(8) constexpr unsigned char kEmbeddedBytes[] = {
${bytes}};

}  // namespace

std::span<const unsigned char> ${FUNCTION}() { return kEmbeddedBytes; }

}  // namespace tierwatch
")
