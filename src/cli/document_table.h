// Where configuration documents of v0 differ from the API's tables (v0-behaviour 7.2), as rows.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace threeport::cli {

/// How the value of a key is written.
enum class Form {
  plain,      ///< as the API has it
  reference,  ///< {Name: n} instead of an id
  name,       ///< the name alone instead of an id
  text,       ///< the text itself, of a member that otherwise is the path of a file
  file,       ///< path of the file that holds the text
  folder,     ///< path of a folder: the texts of all *.tf files below it, one after the other
  context,    ///< name of the context of the Kubeconfig beside it
  list,       ///< a list of nested objects, each as its kind's table has it
  part,       ///< a document of another kind that belongs to this one
  local,      ///< a place on this machine, from which other members are read
  ignored,    ///< accepted, and not sent
};

/// Whose member it is in a document that stands for a definition and an instance.
enum class Half { both, definition, instance };

/// One key that a table does not have, or has in another form. It takes the place of the keys derived for its member.
struct SpecialKey {
  std::string_view document;
  std::string_view key;
  Form form = Form::plain;
  std::string_view member = {};  ///< key of the API's document that it fills; "" for none
  Half half = Half::both;
  bool is_shared = false;      ///< part: its definition may be there already, and serve other documents too
  std::string_view also = {};  ///< reference: a key beside Name that is accepted and not read
  std::string_view doc = {};   ///< "": as the API's member
};
std::span<const SpecialKey> special_keys();

/// What else is particular to a document.
struct Traits {
  std::string_view document;
  bool is_split = false;         ///< sent as a definition and an instance, since one document cannot say both
  std::size_t longest_name = 0;  ///< in characters; 0: no limit
};
/// The row of that document, or one that says nothing.
const Traits& traits_of(std::string_view document);

}  // namespace threeport::cli
