//! From bytes to facts: the only code that knows Azure's field names.

pub mod tag_file;
