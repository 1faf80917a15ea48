// UTF-8 as RFC 3629 defines it: no overlong forms, no surrogates, nothing above U+10FFFF.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace threeport::base {

/// Bytes of the character that starts at `offset`; 0 where there is no well-formed one.
std::size_t utf8_length_at(std::string_view text, std::size_t offset);
/// Offset of the first byte that is not part of well-formed UTF-8; npos where all of it is.
std::size_t find_invalid_utf8(std::string_view text);
/// The text with U+FFFD for each byte that is not part of well-formed UTF-8: for output of other programs.
std::string replace_invalid_utf8(std::string_view text);
/// Appends the character. Precondition: a Unicode scalar value.
void append_utf8(std::string& out, char32_t character);

/// UTF-16 with a byte order mark, as some editors and shells of Windows write it, becomes UTF-8 without one, unpaired
/// surrogates become U+FFFD; every other text stays as it is.
std::string to_utf8(std::string text);

}  // namespace threeport::base
