#include "base/utf8.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace threeport::base {
namespace {

TEST(Utf8, TellsWhereATextStopsBeingUtf8) {
  EXPECT_EQ(find_invalid_utf8("aé日\U0001F600"), std::string_view::npos);
  EXPECT_EQ(find_invalid_utf8(""), std::string_view::npos);
  for (const char* bad :
       {"\xC0\xAF", "\xC1\xBF", "\xE0\x80\xAF", "\xED\xA0\x80", "\xF0\x80\x80\xAF", "\xF4\x90\x80\x80",
        "\xF5\x80\x80\x80", "\x80", "\xFF", "\xC3", "\xE2\x82", "\xF0\x9F\x98", "\xC3(", "\xE2\x82("}) {
    EXPECT_EQ(find_invalid_utf8(bad), 0U) << bad;
    EXPECT_EQ(find_invalid_utf8(std::string("xé") + bad), 3U) << bad;
  }
}

TEST(Utf8, ReplacesEachBadByte) {
  EXPECT_EQ(replace_invalid_utf8("a\xFF\xFE"
                                 "b"),
            "a\uFFFD\uFFFDb");
  EXPECT_EQ(replace_invalid_utf8("aé"), "aé");
  EXPECT_EQ(replace_invalid_utf8("\xE2\x82"), "\uFFFD\uFFFD");
}

TEST(Utf8, IsMadeOfUtf16WithAByteOrderMark) {
  const auto bytes = [](std::string_view text) { return std::string(text); };
  using namespace std::string_view_literals;
  EXPECT_EQ(to_utf8(bytes("\xFF\xFE"
                          "a\0\xE9\0\x3D\xD8\x00\xDE"sv)),
            "aé\U0001F600");
  EXPECT_EQ(to_utf8(bytes("\xFE\xFF"
                          "\0a\0\xE9\xD8\x3D\xDE\x00"sv)),
            "aé\U0001F600");
  EXPECT_EQ(to_utf8(bytes("\xFF\xFE\x3D\xD8"
                          "a\0b"sv)),
            "\uFFFDa\uFFFD");
  EXPECT_EQ(to_utf8("\uFEFFé"), "\uFEFFé");
  EXPECT_EQ(to_utf8(""), "");
}

RC_GTEST_PROP(Utf8, WhatWasReplacedIsUtf8, (const std::string& bytes)) {
  const std::string text = replace_invalid_utf8(bytes);
  RC_ASSERT(find_invalid_utf8(text) == std::string::npos);
  RC_ASSERT(replace_invalid_utf8(text) == text);
}

RC_GTEST_PROP(Utf8, AnAppendedCharacterIsOneCharacter, ()) {
  auto code = *rc::gen::inRange<std::uint32_t>(0, 0x110000 - 0x800);
  if (code >= 0xD800) code += 0x800;
  std::string text;
  append_utf8(text, static_cast<char32_t>(code));
  RC_ASSERT(utf8_length_at(text, 0) == text.size());
}

}  // namespace
}  // namespace threeport::base
