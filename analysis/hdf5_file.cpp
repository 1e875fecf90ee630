#include "analysis/hdf5_file.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <map>

#include "analysis/hdf5_library.h"

namespace lemmata::analysis {
namespace fs = std::filesystem;
static_assert(std::is_same_v<hid_t, std::int64_t>);

namespace {

/// The innermost message of the library's error stack: why, not where.
std::string library_message() {
  std::string message = "an error of the HDF5 library";
  H5Ewalk2(
      H5E_DEFAULT, H5E_WALK_UPWARD,
      [](unsigned, const H5E_error2_t* error, void* text) -> herr_t {
        *static_cast<std::string*>(text) = error->desc;
        return 1;  // the first one upward is the innermost
      },
      &message);
  const std::string system = "error message = '";  // inside a longer text: "No space left on device"
  const std::size_t start = message.find(system);
  return start == std::string::npos
             ? message
             : message.substr(start + system.size(), message.find('\'', start + system.size()) - start - system.size());
}

std::string type_in_words(hid_t type) {
  const std::string bits = std::to_string(8 * H5Tget_size(type)) + "-bit ";
  switch (H5Tget_class(type)) {
    case H5T_FLOAT:
      return bits + "float";
    case H5T_INTEGER:
      return bits + (H5Tget_sign(type) == H5T_SGN_NONE ? "unsigned integer" : "integer");
    case H5T_STRING:
      return "string";
    case H5T_COMPOUND:
      return "compound";
    case H5T_ENUM:
      return "enumeration (or boolean)";
    default:
      return "another HDF5 type";
  }
}

/// Last part of an object's path. The library searches the whole file for it, so the names found in the file that was
/// asked about last are kept, by address; `fileno` is another each time that a file is opened.
std::string object_name(hid_t object) {
  thread_local unsigned long file = 0;
  thread_local std::map<haddr_t, std::string> names;
  H5O_info_t info;
  if (H5Oget_info2(object, &info, H5O_INFO_BASIC) < 0) return {};
  if (info.fileno != file) names.clear();
  file = info.fileno;
  const auto [place, is_new] = names.try_emplace(info.addr);
  char path[1024] = {};
  if (is_new && H5Iget_name(object, path, sizeof path) > 0) place->second = last_part(path);
  return place->second;
}

/// Whether a dataset's list of dimension scales is what the library takes it for without a look: for every axis a list
/// of references.
bool has_scale_list(hid_t dataset, int rank) {
  if (H5Aexists(dataset, DIMENSION_LIST) <= 0) return false;
  const Hdf5Handle list(H5Aopen(dataset, DIMENSION_LIST, H5P_DEFAULT));
  const Hdf5Handle type(H5Aget_type(list.id())), space(H5Aget_space(list.id()));
  if (H5Tget_class(type.id()) != H5T_VLEN || H5Sget_simple_extent_npoints(space.id()) != rank) return false;
  const Hdf5Handle element(H5Tget_super(type.id()));
  return H5Tequal(element.id(), H5T_STD_REF_OBJ) > 0;
}

/// Name of the first dimension scale of an axis, "" if there is none.
std::string scale_name(hid_t dataset, unsigned axis) {
  std::string name;
  H5DSiterate_scales(
      dataset, axis, nullptr,
      [](hid_t, unsigned, hid_t scale, void* text) -> herr_t {
        *static_cast<std::string*>(text) = object_name(scale);
        return 1;
      },
      &name);
  return name;
}

/// Storage that leaves the file or needs a filter of unknown origin.
std::string untrusted_storage(hid_t creation) {
  if (H5Pget_layout(creation) == H5D_VIRTUAL) return "a virtual dataset";
  if (H5Pget_external_count(creation) != 0) return "external storage";
  for (int i = 0; i < H5Pget_nfilters(creation); ++i) {
    std::size_t parameters = 0;
    char name[64] = {};
    const auto filter =
        H5Pget_filter2(creation, static_cast<unsigned>(i), nullptr, &parameters, nullptr, sizeof name, name, nullptr);
    if (filter != H5Z_FILTER_DEFLATE && filter != H5Z_FILTER_SHUFFLE && filter != H5Z_FILTER_FLETCHER32)
      return "filter " + std::to_string(filter) + " " + std::string(name, strnlen(name, sizeof name));
  }
  return {};
}

void read_chunk(hid_t creation, DatasetInfo& info) {
  hsize_t chunk[H5S_MAX_RANK];
  if (H5Pget_layout(creation) != H5D_CHUNKED) return;
  const int rank = H5Pget_chunk(creation, H5S_MAX_RANK, chunk);
  info.chunk_elements = 1;
  for (int axis = 0; axis < rank; ++axis)
    if (__builtin_mul_overflow(info.chunk_elements, chunk[axis], &info.chunk_elements)) {
      info.chunk_elements = std::numeric_limits<std::size_t>::max();
      break;
    }
  if (rank > 0) info.chunk_rows = chunk[0];
}

/// A string or a number; false if the attribute is neither, or not single, or longer than allowed.
bool read_attribute(hid_t attribute, std::size_t max_text, Attribute& value) {
  const Hdf5Handle type(H5Aget_type(attribute)), space(H5Aget_space(attribute));
  if (H5Sget_simple_extent_npoints(space.id()) != 1) return false;
  const H5T_class_t kind = H5Tget_class(type.id());
  if (kind == H5T_FLOAT) return H5Aread(attribute, H5T_NATIVE_DOUBLE, &value.emplace<double>()) >= 0;
  if (kind == H5T_INTEGER) return H5Aread(attribute, H5T_NATIVE_INT64, &value.emplace<std::int64_t>()) >= 0;
  if (kind == H5T_STRING && H5Tis_variable_str(type.id()) > 0) {
    char* text = nullptr;
    if (H5Aread(attribute, type.id(), &text) < 0) return false;
    const std::size_t length = text ? std::strlen(text) : 0;
    if (length <= max_text) value.emplace<std::string>(text ? text : "", length);
    H5free_memory(text);
    return length <= max_text;
  }
  std::string text(std::min(H5Tget_size(type.id()), max_text + 1), '\0');
  if (kind != H5T_STRING || text.size() > max_text || H5Aread(attribute, type.id(), text.data()) < 0) return false;
  text.resize(std::strlen(text.c_str()));
  value = std::move(text);
  return true;
}

}  // namespace

Hdf5Handle::~Hdf5Handle() {
  if (id_ >= 0) H5Idec_ref(id_);
}

void Hdf5File::check(std::int64_t status, const std::string& object, const char* what) const {
  if (status < 0)
    throw Hdf5Error(path_, object, library_message() + " (" + what + ")",
                    "an operation that the HDF5 library can carry out");
}

Hdf5File Hdf5File::open_to_read(const fs::path& path) {
  quieten_library();
  const Hdf5Handle access(H5Pcreate(H5P_FILE_ACCESS));
  H5Pset_file_locking(access.id(), 0, 1);  // a finished file never changes, and read-only folders know no locks
  Hdf5File file(path, H5Fopen(path.c_str(), H5F_ACC_RDONLY, access.id()));
  if (file.file_.id() < 0)
    throw FileError(path, "", "no HDF5 file (" + library_message() + ")", "an HDF5 file that can be read");
  return file;
}

ObjectKind Hdf5File::kind(const std::string& object) const {
  for (std::size_t cut = 0; !object.empty() && cut != std::string::npos;) {  // every part, so that no link is followed
    cut = object.find('/', cut + 1);
    const std::string part = inside(object.substr(0, cut));
    H5L_info_t link;
    if (H5Lexists(file_.id(), part.c_str(), H5P_DEFAULT) <= 0 ||
        H5Lget_info(file_.id(), part.c_str(), &link, H5P_DEFAULT) < 0)
      return ObjectKind::missing;
    if (link.type != H5L_TYPE_HARD) return ObjectKind::link;
  }
  H5O_info_t info;
  if (H5Oget_info_by_name2(file_.id(), inside(object).c_str(), &info, H5O_INFO_BASIC, H5P_DEFAULT) < 0)
    return ObjectKind::other;
  if (info.type == H5O_TYPE_GROUP) return ObjectKind::group;
  return info.type == H5O_TYPE_DATASET ? ObjectKind::dataset : ObjectKind::other;
}

std::vector<std::string> Hdf5File::children(const std::string& group, std::size_t limit) const {
  std::pair<std::vector<std::string>, std::size_t> found{{}, limit};
  const Hdf5Handle handle = opened(group);
  check(H5Literate(
            handle.id(), H5_INDEX_NAME, H5_ITER_INC, nullptr,
            [](hid_t, const char* name, const H5L_info_t*, void* data) -> herr_t {
              auto& [names, most] = *static_cast<std::pair<std::vector<std::string>, std::size_t>*>(data);
              names.emplace_back(name);
              return names.size() > most ? 1 : 0;
            },
            &found),
        group, "listing a group");
  return found.first;
}

Hdf5Handle Hdf5File::opened(const std::string& object) const {
  Hdf5Handle handle(H5Oopen(file_.id(), inside(object).c_str(), H5P_DEFAULT));
  check(handle.id(), object, "opening");
  return handle;
}

DatasetInfo Hdf5File::info(const std::string& dataset) const {
  const Hdf5Handle handle = opened(dataset);
  const Hdf5Handle type(H5Dget_type(handle.id())), space(H5Dget_space(handle.id())),
      creation(H5Dget_create_plist(handle.id()));
  if (type.id() < 0 || space.id() < 0 || creation.id() < 0) check(-1, dataset, "reading type and shape");
  DatasetInfo info;
  hsize_t shape[H5S_MAX_RANK];
  const int rank = H5Sget_simple_extent_dims(space.id(), shape, nullptr);
  check(rank, dataset, "reading the shape");
  info.shape.assign(shape, shape + rank);
  const bool empty = H5Sget_simple_extent_type(space.id()) == H5S_NULL;
  const H5T_class_t kind = empty ? H5T_NO_CLASS : H5Tget_class(type.id());
  info.kind = kind == H5T_FLOAT ? StoredKind::floating : kind == H5T_INTEGER ? StoredKind::integer : StoredKind::other;
  info.type = empty ? "no values (null dataspace)" : type_in_words(type.id());
  info.element_bytes = H5Tget_size(type.id());
  info.is_unsigned = info.kind == StoredKind::integer && H5Tget_sign(type.id()) == H5T_SGN_NONE;
  char name[sizeof dimension_only] = {};
  const bool is_scale = H5DSis_scale(handle.id()) > 0;
  if (is_scale) H5DSget_scale_name(handle.id(), name, sizeof name);
  info.dimension_without_values = std::strncmp(name, dimension_only, sizeof dimension_only - 1) == 0;
  const bool has_list = !is_scale && has_scale_list(handle.id(), rank);
  for (int axis = 0; axis < rank; ++axis)
    info.dimensions.push_back(is_scale   ? last_part(dataset)
                              : has_list ? scale_name(handle.id(), static_cast<unsigned>(axis))
                                         : "");
  read_chunk(creation.id(), info);
  info.untrusted = untrusted_storage(creation.id());
  return info;
}

void Hdf5File::read_as(const std::string& dataset, std::int64_t type, void* values) const {
  check(H5Dread(opened(dataset).id(), type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values), dataset, "reading values");
}
void Hdf5File::read(const std::string& dataset, double* values) const { read_as(dataset, H5T_NATIVE_DOUBLE, values); }
void Hdf5File::read(const std::string& dataset, std::int64_t* values) const {
  read_as(dataset, H5T_NATIVE_INT64, values);
}
void Hdf5File::read(const std::string& dataset, std::uint64_t* values) const {
  read_as(dataset, H5T_NATIVE_UINT64, values);
}

void Hdf5File::read_rows(const std::string& dataset, const std::vector<std::size_t>& shape, std::size_t first_row,
                         std::size_t rows, double* values) const {
  std::vector<hsize_t> start(shape.size(), 0), count(shape.begin(), shape.end());
  start.at(0) = first_row;
  count.at(0) = rows;
  const Hdf5Handle handle = opened(dataset), space(H5Dget_space(handle.id())),
                   memory(H5Screate_simple(static_cast<int>(count.size()), count.data(), nullptr));
  check(H5Sselect_hyperslab(space.id(), H5S_SELECT_SET, start.data(), nullptr, count.data(), nullptr), dataset,
        "selecting rows");
  check(H5Dread(handle.id(), H5T_NATIVE_DOUBLE, memory.id(), space.id(), H5P_DEFAULT, values), dataset,
        "reading values");
}

std::vector<std::string> Hdf5File::attribute_names(const std::string& object, std::size_t limit) const {
  std::pair<std::vector<std::string>, std::size_t> found{{}, limit};
  const Hdf5Handle handle = opened(object);
  check(H5Aiterate2(
            handle.id(), H5_INDEX_NAME, H5_ITER_INC, nullptr,
            [](hid_t, const char* name, const H5A_info_t*, void* data) -> herr_t {
              auto& [names, most] = *static_cast<std::pair<std::vector<std::string>, std::size_t>*>(data);
              names.emplace_back(name);
              return names.size() > most ? 1 : 0;
            },
            &found),
        object, "listing attributes");
  return found.first;
}

Attributes Hdf5File::attributes(const std::string& object, const std::vector<std::string>& names,
                                std::size_t max_text) const {
  const Hdf5Handle handle = opened(object);
  Attributes attributes;
  for (const std::string& name : names) {
    const Hdf5Handle attribute(H5Aopen(handle.id(), name.c_str(), H5P_DEFAULT));
    Attribute value;
    if (attribute.id() >= 0 && read_attribute(attribute.id(), max_text, value)) attributes[name] = std::move(value);
  }
  return attributes;
}

}  // namespace lemmata::analysis
