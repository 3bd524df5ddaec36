//! The generated parts of the documentation.

use super::schema::root;

/// Compares a file of the repository with what was generated. `HOMEPORT_UPDATE_DOCS=1` writes it.
pub(crate) fn assert_same(file: &str, text: &str) {
    let path = root().join(file);
    if std::env::var_os("HOMEPORT_UPDATE_DOCS").is_some_and(|value| value == "1") {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
    }
    let stored = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        stored == text,
        "{file} is not up to date; write it with HOMEPORT_UPDATE_DOCS=1 cargo test -p common --test model"
    );
}
