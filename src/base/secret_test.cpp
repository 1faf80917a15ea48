#include "base/secret.h"

#include <concepts>
#include <cstring>
#include <memory>
#include <ostream>
#include <string>
#include <type_traits>

#include <gtest/gtest.h>

#include "base/log.h"

namespace threeport::base {
namespace {

template <typename T>
concept Printable = requires(std::ostream& out, const T& value) { out << value; };
template <typename T>
concept Comparable = requires(const T& a, const T& b) { a == b; };

using SecretText = Secret<std::string>;
static_assert(!Printable<SecretText>);
static_assert(!Comparable<SecretText>);
static_assert(!std::convertible_to<SecretText, std::string>);
static_assert(!std::convertible_to<std::string, SecretText>);
static_assert(!std::constructible_from<log::Field, const char*, const SecretText&>);
static_assert(!std::constructible_from<log::Field, const char*, const Secret<int>&>);

TEST(Secret, RevealsWhatItHolds) {
  const SecretText secret(std::string("hunter2"));
  EXPECT_EQ(secret.reveal(), "hunter2");
  const SecretText copy = secret;  // NOLINT: the copy is what is tested
  EXPECT_EQ(copy.reveal(), "hunter2");
}

TEST(Secret, LeavesNothingBehindWhereItWasMovedFrom) {
  SecretText from(std::string(100, 'x'));
  const SecretText to = std::move(from);
  EXPECT_EQ(to.reveal(), std::string(100, 'x'));
  EXPECT_EQ(from.reveal(), "");  // NOLINT: the state after a move is what is tested
}

TEST(Secret, AssignmentReplacesTheValue) {
  SecretText secret(std::string("old"));
  const SecretText other(std::string("new"));
  secret = other;
  EXPECT_EQ(secret.reveal(), "new");
  secret = SecretText(std::string("newer"));
  EXPECT_EQ(secret.reveal(), "newer");
}

TEST(Secret, WipesAShortStringWhenItIsDestroyed) {
  // The string's characters are inside the object, so they can be looked at where it was.
  alignas(SecretText) std::byte memory[sizeof(SecretText)];
  auto* secret = std::construct_at(reinterpret_cast<SecretText*>(memory), std::string("hunter2"));
  const auto contains = [&] {
    return std::string_view(reinterpret_cast<const char*>(memory), sizeof memory).find("hunter2") !=
           std::string_view::npos;
  };
  ASSERT_TRUE(contains());
  std::destroy_at(secret);
  EXPECT_FALSE(contains());
}

}  // namespace
}  // namespace threeport::base
