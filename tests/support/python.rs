//! Tools from `PyPI`, where `./test` puts them.

use std::path::{Path, PathBuf};

/// The program `name`.
pub(crate) fn python_tool(name: &str) -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let tool = target.join("python/bin").join(name);
    let folder = target.join("python").display().to_string();
    assert!(
        tool.is_file(),
        "{name} is missing: python3 -m venv {folder} && {folder}/bin/pip install --requirement \
         tests/requirements.txt"
    );
    tool
}
