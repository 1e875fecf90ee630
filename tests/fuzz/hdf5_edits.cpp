#include "tests/fuzz/hdf5_edits.h"

#include <algorithm>
#include <array>
#include <limits>
#include <string>
#include <vector>

#include "analysis/hdf5_library.h"

namespace lemmata::fuzz {
namespace {

using Handle = analysis::Hdf5Handle;

struct Edit {
  std::uint8_t what, object, a, b;
};

/// The objects of a file as paths, "/" the first.
std::vector<std::string> objects_of(hid_t file) {
  std::vector<std::string> names;
  H5Ovisit2(
      file, H5_INDEX_NAME, H5_ITER_INC,
      [](hid_t, const char* name, const H5O_info_t*, void* list) -> herr_t {
        static_cast<std::vector<std::string>*>(list)->push_back(name[0] == '.' ? "/" : "/" + std::string(name));
        return 0;
      },
      &names, H5O_INFO_BASIC);
  return names;
}

std::vector<std::string> attributes_of(hid_t object) {
  std::vector<std::string> names;
  H5Aiterate2(
      object, H5_INDEX_NAME, H5_ITER_INC, nullptr,
      [](hid_t, const char* name, const H5A_info_t*, void* list) -> herr_t {
        static_cast<std::vector<std::string>*>(list)->emplace_back(name);
        return 0;
      },
      &names);
  return names;
}

/// Every class of type that HDF5 has, in sizes from one byte on.
Handle type_numbered(unsigned number) {
  const std::array<hid_t, 8> plain = {H5T_IEEE_F64LE, H5T_IEEE_F32BE, H5T_STD_I8LE,       H5T_STD_U64BE,
                                      H5T_STD_I64LE,  H5T_STD_I32BE,  H5T_NATIVE_LDOUBLE, H5T_STD_REF_OBJ};
  if (number % 16 < plain.size()) return Handle(H5Tcopy(plain[number % 16]));
  switch (number % 16) {
    case 8:
    case 9: {
      Handle text(H5Tcopy(H5T_C_S1));
      H5Tset_size(text.id(), number % 16 == 8 ? H5T_VARIABLE : 3);
      return text;
    }
    case 10:
    case 11: {
      Handle pair(H5Tcreate(H5T_COMPOUND, 16));
      H5Tinsert(pair.id(), "r", 0, H5T_IEEE_F64LE);
      H5Tinsert(pair.id(), "i", 8, H5T_IEEE_F64LE);
      return pair;
    }
    case 12:
      return Handle(H5Tvlen_create(H5T_STD_I32LE));
    case 13:
      return Handle(H5Tenum_create(H5T_STD_I8LE));
    case 14:
      return Handle(H5Tcreate(H5T_OPAQUE, 24));
    default: {
      const hsize_t length = 3;
      return Handle(H5Tarray_create2(H5T_IEEE_F64LE, 1, &length));
    }
  }
}

constexpr std::array<double, 16> numbers = {0,
                                            1,
                                            -1,
                                            2,
                                            3,
                                            0.5,
                                            1e-320,
                                            1e6,
                                            9007199254740993.0,
                                            -9.3e18,
                                            1.8e19,
                                            1e300,
                                            std::numeric_limits<double>::quiet_NaN(),
                                            std::numeric_limits<double>::infinity(),
                                            -std::numeric_limits<double>::infinity(),
                                            4294967296.0};

/// Up to three axes of lengths from none to beyond any memory.
std::vector<hsize_t> shape_numbered(unsigned a, unsigned b) {
  constexpr std::array<hsize_t, 8> lengths = {1, 2, 3, 0, 5, 40, hsize_t{1} << 27, hsize_t{1} << 62};
  std::vector<hsize_t> shape;
  for (unsigned axis = 0; axis < a % 5; ++axis, b /= 3) shape.push_back(lengths[(b + axis) % lengths.size()]);
  return shape;
}

Handle creation_numbered(unsigned number, const std::vector<hsize_t>& shape) {
  Handle creation(H5Pcreate(H5P_DATASET_CREATE));
  if (shape.empty()) return creation;
  std::vector<hsize_t> chunk(shape.size(), 1);
  chunk.back() = number % 7 == 0 ? hsize_t{1} << 20 : 4;
  switch (number % 8) {
    case 0:  // contiguous
      return creation;
    case 1:
      H5Pset_chunk(creation.id(), static_cast<int>(chunk.size()), chunk.data());
      H5Pset_deflate(creation.id(), 1);
      return creation;
    case 2:
      H5Pset_chunk(creation.id(), static_cast<int>(chunk.size()), chunk.data());
      H5Pset_scaleoffset(creation.id(), H5Z_SO_INT, 2);
      return creation;
    case 3:
      H5Pset_external(creation.id(), "/dev/zero", 0, H5F_UNLIMITED);
      return creation;
    case 4:
      H5Pset_layout(creation.id(), H5D_VIRTUAL);
      return creation;
    default:
      H5Pset_chunk(creation.id(), static_cast<int>(chunk.size()), chunk.data());
      H5Pset_alloc_time(creation.id(), H5D_ALLOC_TIME_INCR);
      return creation;
  }
}

/// A dataset of any type, shape and storage in place of an object, still labelled as it was if its rank is.
void replace(hid_t file, const std::string& object, const Edit& edit) {
  const std::vector<hsize_t> shape = shape_numbered(edit.a, edit.b);
  const Handle type = type_numbered(edit.what / 16 + edit.b),
               space(edit.b % 32 == 31 ? H5Screate(H5S_NULL)
                                       : H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr)),
               creation = creation_numbered(edit.a / 5 + edit.b, shape);
  H5Ldelete(file, object.c_str(), H5P_DEFAULT);
  const Handle dataset(
      H5Dcreate2(file, object.c_str(), type.id(), space.id(), H5P_DEFAULT, creation.id(), H5P_DEFAULT));
  const std::vector<std::string> objects = objects_of(file);
  for (unsigned axis = 0; axis < shape.size() && edit.b % 4 != 3; ++axis) {
    const Handle scale(H5Dopen2(file, objects[(edit.object + axis + edit.b) % objects.size()].c_str(), H5P_DEFAULT));
    if (scale.id() >= 0) H5DSattach_scale(dataset.id(), scale.id(), axis);
  }
}

/// One number into the first element, or into all.
void set_number(hid_t file, const std::string& object, const Edit& edit) {
  const Handle dataset(H5Dopen2(file, object.c_str(), H5P_DEFAULT)), space(H5Dget_space(dataset.id()));
  const hssize_t count = H5Sget_simple_extent_npoints(space.id());
  if (count <= 0 || count > 1'000'000) return;
  std::vector<double> values(static_cast<std::size_t>(count));
  if (H5Dread(dataset.id(), H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()) < 0) return;
  const double number = numbers[edit.a % numbers.size()];
  if (edit.b % 2 == 0)
    values[edit.b / 2 % values.size()] = number;
  else
    std::fill(values.begin(), values.end(), number);
  H5Dwrite(dataset.id(), H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
}

/// An attribute of another type, or of the same with a text that is cut, long, no JSON or no UTF-8.
void replace_attribute(hid_t file, const std::string& object, const Edit& edit) {
  const Handle handle(H5Oopen(file, object.c_str(), H5P_DEFAULT));
  std::vector<std::string> names = attributes_of(handle.id());
  names.emplace_back("missing_value");
  const std::string& name = names[edit.a % names.size()];
  H5Adelete(handle.id(), name.c_str());
  if (edit.b % 8 == 7) return;
  const std::array<std::string, 8> texts = {"",
                                            "{}",
                                            "[1, 2, 3]",
                                            std::string(70'000, 'x'),
                                            "\xff\xfe",
                                            "{\"name\": 1}",
                                            "This is a netCDF dimension but not a netCDF variable.",
                                            "1e999"};
  const std::string& text = texts[edit.b / 8 % texts.size()];
  const bool is_text = edit.b % 2 == 0;
  Handle type = is_text ? Handle(H5Tcopy(H5T_C_S1)) : type_numbered(edit.b / 2);
  if (is_text) H5Tset_size(type.id(), std::max<std::size_t>(text.size(), 1));
  const hsize_t several = 3;
  const Handle space(edit.b % 16 == 5 ? H5Screate_simple(1, &several, nullptr) : H5Screate(H5S_SCALAR));
  const Handle attribute(H5Acreate2(handle.id(), name.c_str(), type.id(), space.id(), H5P_DEFAULT, H5P_DEFAULT));
  const double number = numbers[edit.a / 8 % numbers.size()];
  if (is_text && !text.empty()) H5Awrite(attribute.id(), type.id(), text.data());
  if (!is_text && edit.b % 16 != 5) H5Awrite(attribute.id(), H5T_NATIVE_DOUBLE, &number);
}

void link(hid_t file, const std::string& object, const std::string& other, const Edit& edit) {
  const std::string name = (edit.b % 3 == 0 ? object + "/inner" : object);
  if (edit.b % 3 != 0) H5Ldelete(file, name.c_str(), H5P_DEFAULT);
  switch (edit.a % 5) {
    case 0:
      H5Lcreate_soft("/nothing here", file, name.c_str(), H5P_DEFAULT, H5P_DEFAULT);
      return;
    case 1:
      H5Lcreate_soft(other.c_str(), file, name.c_str(), H5P_DEFAULT, H5P_DEFAULT);
      return;
    case 2:
      H5Lcreate_hard(file, other.c_str(), file, name.c_str(), H5P_DEFAULT, H5P_DEFAULT);  // a cycle, perhaps
      return;
    case 3:
      H5Lcreate_external("other.h5", "/x", file, name.c_str(), H5P_DEFAULT, H5P_DEFAULT);
      return;
    default: {
      const Handle type = type_numbered(edit.b);  // a named type in place of a dataset
      H5Tcommit2(file, name.c_str(), type.id(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    }
  }
}

void apply(hid_t file, const Edit& edit) {
  const std::vector<std::string> objects = objects_of(file);
  if (objects.empty()) return;
  const std::string &object = objects[edit.object % objects.size()], &other = objects[edit.a % objects.size()];
  switch (edit.what % 8) {
    case 0:
      H5Ldelete(file, object.c_str(), H5P_DEFAULT);
      return;
    case 1:
      H5Lmove(file, object.c_str(), file, (edit.b % 2 ? other + "/moved" : "/größe\x1b").c_str(), H5P_DEFAULT,
              H5P_DEFAULT);
      return;
    case 2:
      H5Ldelete(file, other.c_str(), H5P_DEFAULT);  // another's place
      H5Lmove(file, object.c_str(), file, other.c_str(), H5P_DEFAULT, H5P_DEFAULT);
      return;
    case 3:
      return replace(file, object, edit);
    case 4:
    case 5:
      return set_number(file, object, edit);
    case 6:
      return replace_attribute(file, edit.b % 3 == 0 ? "/" : object, edit);
    default:
      return link(file, object, other, edit);
  }
}

}  // namespace

void edit_hdf5(const std::filesystem::path& path, std::span<const std::uint8_t> bytes) {
  constexpr std::size_t most_edits = 8;
  analysis::quieten_library();
  const Handle file(H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT));
  if (file.id() < 0) return;
  for (std::size_t at = 0; at + 4 <= bytes.size() && at < 4 * most_edits; at += 4)
    apply(file.id(), {bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]});
}

}  // namespace lemmata::fuzz
