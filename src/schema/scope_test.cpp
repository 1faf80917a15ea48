#include "schema/scope.h"

#include <gtest/gtest.h>

namespace threeport::schema {
namespace {

TEST(Scope, HasANameThatFindsIt) {
  for (const Scope scope : kScopes) EXPECT_EQ(find_scope(to_string(scope)), scope);
  EXPECT_EQ(to_string(Scope::operations), "operator");
  EXPECT_EQ(to_string(Scope::read_only), "read-only");
  EXPECT_EQ(find_scope("root"), std::nullopt);
  EXPECT_EQ(find_scope(""), std::nullopt);
}

TEST(Scopes, AreSetsThatReadAsASentence) {
  EXPECT_EQ(words_of(kAdmins), "admin");
  EXPECT_EQ(words_of(kOperators), "admin or operator");
  EXPECT_EQ(words_of(kDevelopers), "admin, operator or developer");
  EXPECT_EQ(words_of(Scopes()), "");
  EXPECT_FALSE(kDevelopers.has(Scope::ci));
  EXPECT_TRUE(kBuilders.has(Scope::ci));
  EXPECT_FALSE(kBuilders.has(Scope::read_only));
  EXPECT_TRUE(kEveryone.has(Scope::read_only));
}

}  // namespace
}  // namespace threeport::schema
