//! Which service tags an answer rests on.

use std::fs;
use std::ops::Deref;
use std::path::Path;

use super::{Failure, Session};
use crate::azure::Cloud;
use crate::report::TagsUsed;
use crate::tags::{Origin, Release, TagCatalog, TagFile};
use crate::wire;

/// The tags of one run.
#[derive(Debug)]
pub(super) enum Catalog {
    /// The copy inside the program.
    Embedded(&'static TagCatalog),
    /// Those of a file.
    File(Box<TagCatalog>),
    /// None: nobody gave a file for this cloud, so every tag stays open.
    Absent(Cloud, Box<TagCatalog>),
}

impl Deref for Catalog {
    type Target = TagCatalog;

    fn deref(&self) -> &TagCatalog {
        match self {
            Self::Embedded(catalog) => catalog,
            Self::File(catalog) | Self::Absent(_, catalog) => catalog,
        }
    }
}

impl Catalog {
    /// The tags that the options name, else those for the `stated` cloud of the input.
    pub(super) fn choose(session: &Session, stated: Option<Cloud>) -> Result<Self, Failure> {
        if let Some(path) = &session.options.tags {
            let catalog = read(path)?;
            agree(path, session.options.cloud, &catalog)?;
            return Ok(Self::File(Box::new(catalog)));
        }
        match session.options.cloud.or(stated).unwrap_or(Cloud::Public) {
            Cloud::Public => Ok(Self::Embedded(TagCatalog::embedded())),
            cloud => Ok(Self::Absent(cloud, Box::new(compile(&empty(cloud))?))),
        }
    }

    /// The tags for a question about nothing but tags: an answer without any would be no answer.
    pub(super) fn for_lookup(session: &Session) -> Result<Self, Failure> {
        match Self::choose(session, None)? {
            Self::Absent(cloud, _) => Err(Failure::Usage(format!(
                "the program holds no service tags of the cloud `{cloud}`: name a file of them with --tags"
            ))),
            chosen => Ok(chosen),
        }
    }

    /// The tags of a file, or with `embedded` those inside the program.
    pub(super) fn named(path: &Path) -> Result<Self, Failure> {
        if path.as_os_str() == "embedded" {
            return Ok(Self::Embedded(TagCatalog::embedded()));
        }
        Ok(Self::File(Box::new(read(path)?)))
    }

    /// What a report says of them.
    pub(super) fn used(&self) -> TagsUsed {
        let release: &Release = self.release();
        let absent = matches!(self, Self::Absent(..));
        TagsUsed {
            cloud: release.cloud,
            source: if absent { "none" } else { release.origin.name() },
            change_number: release.change_number,
            date: release.date,
            sha256: (!absent).then(|| release.sha256.to_string()),
        }
    }
}

fn read(path: &Path) -> Result<TagCatalog, Failure> {
    let name = path.display().to_string();
    let bytes = fs::read(path).map_err(|error| Failure::reading(&name, &error))?;
    compile(&wire::tag_file::parse(&name, &bytes)?)
}

fn compile(file: &TagFile) -> Result<TagCatalog, Failure> {
    TagCatalog::compile(file, Origin::File).map_err(|error| Failure::Usage(error.to_string()))
}

fn empty(cloud: Cloud) -> TagFile {
    TagFile { cloud: Some(cloud), change_number: None, date: None, sha256: String::new(), tags: Vec::new() }
}

/// A file of another cloud than the one asked for would turn every answer wrong.
fn agree(path: &Path, asked: Option<Cloud>, catalog: &TagCatalog) -> Result<(), Failure> {
    match (asked, catalog.release().cloud) {
        (Some(asked), Some(own)) if asked != own => Err(Failure::Usage(format!(
            "`{}` holds the service tags of the cloud `{own}`, not of `{asked}`",
            path.display()
        ))),
        _ => Ok(()),
    }
}
