#include <algorithm>
#include <limits>

#include "analysis/hdf5_file.h"
#include "analysis/hdf5_library.h"

// The half of Hdf5File that writes.
namespace lemmata::analysis {
namespace fs = std::filesystem;

namespace {

constexpr unsigned tracked = H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED;
constexpr hsize_t chunk_bytes = 16'384;

hid_t memory_type(ElementType type) {
  if (type == ElementType::float64) return H5T_NATIVE_DOUBLE;
  return type == ElementType::int64 ? H5T_NATIVE_INT64 : H5T_NATIVE_INT8;
}

}  // namespace

Hdf5File Hdf5File::create(const fs::path& path) {
  quieten_library();
  const Hdf5Handle creation(H5Pcreate(H5P_FILE_CREATE)), access(H5Pcreate(H5P_FILE_ACCESS));
  H5Pset_link_creation_order(creation.id(), tracked);
  H5Pset_attr_creation_order(creation.id(), tracked);
  H5Pset_file_locking(access.id(), 1, 1);  // ignored where the file system has no locks
  Hdf5File file(path, H5Fcreate(path.c_str(), H5F_ACC_TRUNC, creation.id(), access.id()));
  file.check(file.file_.id(), "", "creating the file");
  return file;
}

void Hdf5File::create_group(const std::string& group) {
  const Hdf5Handle creation(H5Pcreate(H5P_GROUP_CREATE));
  H5Pset_link_creation_order(creation.id(), tracked);
  H5Pset_attr_creation_order(creation.id(), tracked);
  const Hdf5Handle handle(H5Gcreate2(file_.id(), inside(group).c_str(), H5P_DEFAULT, creation.id(), H5P_DEFAULT));
  check(handle.id(), group, "creating a group");
}

Hdf5Handle Hdf5File::create_dataset(const std::string& name, ElementType type, const std::vector<std::size_t>& shape,
                                    bool growing, ScaleKind scale) {
  std::vector<hsize_t> size(shape.begin(), shape.end()), most = size, chunk = size;
  const Hdf5Handle creation(H5Pcreate(H5P_DATASET_CREATE));
  H5Pset_attr_creation_order(creation.id(), tracked);
  if (growing || scale == ScaleKind::values) {
    hsize_t row = H5Tget_size(memory_type(type));
    for (std::size_t axis = 1; axis < size.size(); ++axis) row *= size[axis];
    chunk.at(0) = std::max<hsize_t>(1, std::min(chunk_bytes / row, growing ? chunk_bytes : size.at(0)));
    if (growing) most.at(0) = H5S_UNLIMITED;
    check(H5Pset_chunk(creation.id(), static_cast<int>(chunk.size()), chunk.data()), name, "choosing chunks");
  }
  const double missing =
      std::numeric_limits<double>::quiet_NaN();  // a row that never reached the disk must not read as 0
  if (type == ElementType::float64 && scale != ScaleKind::no_values)
    H5Pset_fill_value(creation.id(), H5T_NATIVE_DOUBLE, &missing);
  const Hdf5Handle space(H5Screate_simple(static_cast<int>(size.size()), size.data(), most.data()));
  const hid_t stored =
      scale == ScaleKind::no_values ? H5T_IEEE_F32BE : memory_type(type);  // as netCDF does for bare dimensions
  Hdf5Handle handle(
      H5Dcreate2(file_.id(), inside(name).c_str(), stored, space.id(), H5P_DEFAULT, creation.id(), H5P_DEFAULT));
  check(handle.id(), name, "creating a dataset");
  std::string label = scale == ScaleKind::no_values ? std::to_string(shape.at(0)) : last_part(name);
  if (scale == ScaleKind::no_values)
    label = dimension_only + std::string(10 - std::min<std::size_t>(10, label.size()), ' ') + label;
  if (scale != ScaleKind::none) check(H5DSset_scale(handle.id(), label.c_str()), name, "making a scale");
  return handle;
}

void Hdf5File::attach_scale(const Hdf5Handle& dataset, const Hdf5Handle& scale, std::size_t axis) {
  check(H5DSattach_scale(dataset.id(), scale.id(), static_cast<unsigned>(axis)), "", "labelling an axis");
}

void Hdf5File::write_rows(const Hdf5Handle& dataset, ElementType type, std::vector<std::size_t>& shape,
                          std::size_t first_row, std::size_t rows, const void* values) {
  std::vector<hsize_t> start(shape.size(), 0), count(shape.begin(), shape.end());
  if (first_row + rows > shape[0]) {
    shape[0] = first_row + rows;
    const std::vector<hsize_t> grown(shape.begin(), shape.end());
    check(H5Dset_extent(dataset.id(), grown.data()), "", "growing a dataset");
  }
  start.at(0) = first_row;
  count.at(0) = rows;
  const Hdf5Handle space(H5Dget_space(dataset.id()));
  check(H5Sselect_hyperslab(space.id(), H5S_SELECT_SET, start.data(), nullptr, count.data(), nullptr), "",
        "choosing rows");
  const Hdf5Handle memory(H5Screate_simple(static_cast<int>(count.size()), count.data(), nullptr));
  check(H5Dwrite(dataset.id(), memory_type(type), memory.id(), space.id(), H5P_DEFAULT, values), "", "writing rows");
}

void Hdf5File::set_attribute(const std::string& object, const std::string& name, const Attribute& value) {
  const Hdf5Handle handle = opened(object), space(H5Screate(H5S_SCALAR)), text(H5Tcopy(H5T_C_S1));
  H5Tset_size(text.id(), H5T_VARIABLE);
  H5Tset_cset(text.id(), H5T_CSET_UTF8);
  const hid_t types[] = {text.id(), H5T_NATIVE_DOUBLE, H5T_NATIVE_INT64};
  const char* characters = value.index() == 0 ? std::get<std::string>(value).c_str() : nullptr;
  const void* data = std::visit([](const auto& number) -> const void* { return &number; }, value);
  if (characters) data = &characters;
  if (H5Aexists(handle.id(), name.c_str()) > 0)
    check(H5Adelete(handle.id(), name.c_str()), object, "replacing an attribute");
  const Hdf5Handle attribute(
      H5Acreate2(handle.id(), name.c_str(), types[value.index()], space.id(), H5P_DEFAULT, H5P_DEFAULT));
  check(attribute.id(), object, "creating an attribute");
  check(H5Awrite(attribute.id(), types[value.index()], data), object, "writing an attribute");
}

void Hdf5File::flush() { check(H5Fflush(file_.id(), H5F_SCOPE_LOCAL), "", "flushing"); }

void Hdf5File::close() {
  flush();
  check(H5Fclose(Hdf5Handle(std::move(file_)).release()), "",
        "closing");  // the handle's destructor could tell of no failure
}

}  // namespace lemmata::analysis
