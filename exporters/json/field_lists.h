// SPDX-License-Identifier: MIT
//
// How the fields of a struct are listed for the world outside, once for all formats: fields(io,
// object) calls io("name", object.field) for each, with const fields when writing. Readers and
// writers of a format are such an `io`.
#pragma once

#include <concepts>
#include <type_traits>

namespace tierwatch {

/// T is U or const U: one list serves both directions.
template <typename T, typename U>
concept MaybeConst = std::same_as<std::remove_const_t<T>, U>;

}  // namespace tierwatch

// Each of up to 40 arguments in turn: __VA_OPT__ asks for the next as long as there is one.
#define TIERWATCH_SCAN(...) TIERWATCH_SCAN16(TIERWATCH_SCAN16(TIERWATCH_SCAN16(__VA_ARGS__)))
#define TIERWATCH_SCAN16(...) TIERWATCH_SCAN4(TIERWATCH_SCAN4(TIERWATCH_SCAN4(__VA_ARGS__)))
#define TIERWATCH_SCAN4(...) TIERWATCH_SCAN1(TIERWATCH_SCAN1(TIERWATCH_SCAN1(__VA_ARGS__)))
#define TIERWATCH_SCAN1(...) __VA_ARGS__
#define TIERWATCH_NEXT() TIERWATCH_EACH
#define TIERWATCH_NO_ARGUMENTS ()
#define TIERWATCH_EACH(io, object, field, ...) \
  io(#field, object.field);                    \
  __VA_OPT__(TIERWATCH_NEXT TIERWATCH_NO_ARGUMENTS(io, object, __VA_ARGS__))

/// io("a", object.a); io("b", object.b); for fields that outside have their own names.
#define TIERWATCH_OWN_NAMES(io, object, ...)                \
  do {                                                      \
    TIERWATCH_SCAN(TIERWATCH_EACH(io, object, __VA_ARGS__)) \
  } while (false)

/// The whole list of a struct whose fields all have their own names outside.
#define TIERWATCH_FIELDS(Type, ...)                      \
  void fields(auto& io, MaybeConst<Type> auto& object) { \
    TIERWATCH_OWN_NAMES(io, object, __VA_ARGS__);        \
  }                                                      \
  static_assert(true)
