//! The separate Azure clouds, each with its own endpoints and its own service-tag file.

use std::fmt;
use std::str::FromStr;

/// One of the separate Azure clouds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cloud {
    /// The public cloud, `AzureCloud`.
    Public,
    /// Azure Government in the United States.
    UsGovernment,
    /// Azure in China, operated by 21Vianet.
    China,
    /// The German cloud, closed in 2021: only its old tag files are still about.
    Germany,
}

impl Cloud {
    /// Every cloud, the closed one last.
    pub const ALL: [Self; 4] = [Self::Public, Self::UsGovernment, Self::China, Self::Germany];

    /// Our spelling, as on the command line and in answers: `public`, `us-government`, `china`, `germany`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::UsGovernment => "us-government",
            Self::China => "china",
            Self::Germany => "germany",
        }
    }

    /// The spelling in the field `cloud` of Microsoft's service-tag files.
    #[must_use]
    pub fn tag_file_name(self) -> &'static str {
        match self {
            Self::Public => "Public",
            Self::UsGovernment => "AzureGovernment",
            Self::China => "China",
            Self::Germany => "AzureGermany",
        }
    }
}

/// Accepts our own names and those of `az cloud`, PowerShell and the tag files, in any case:
/// `AzureCloud`, `AzureUSGovernment`, `AzureGovernment`, `AzureChinaCloud`, `AzureGermanCloud`, ….
impl FromStr for Cloud {
    type Err = UnknownCloud;

    fn from_str(text: &str) -> Result<Self, UnknownCloud> {
        match text.trim().to_ascii_lowercase().as_str() {
            "public" | "azurecloud" | "azurepublic" | "azurepubliccloud" => Ok(Self::Public),
            "us-government"
            | "usgovernment"
            | "azureusgovernment"
            | "azureusgovernmentcloud"
            | "azuregovernment" => Ok(Self::UsGovernment),
            "china" | "azurechina" | "azurechinacloud" => Ok(Self::China),
            "germany" | "azuregermany" | "azuregermancloud" => Ok(Self::Germany),
            _ => Err(UnknownCloud(text.to_owned())),
        }
    }
}

impl fmt::Display for Cloud {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A name that is no cloud's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown cloud `{0}`: expected public, us-government, china or germany")]
pub struct UnknownCloud(pub String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cloud_reads_its_own_names() {
        for cloud in Cloud::ALL {
            assert_eq!(cloud.name().parse(), Ok(cloud));
            assert_eq!(cloud.tag_file_name().parse(), Ok(cloud));
            assert_eq!(cloud.tag_file_name().to_uppercase().parse(), Ok(cloud));
        }
        assert_eq!("AzureUSGovernment".parse(), Ok(Cloud::UsGovernment));
        assert_eq!("moon".parse::<Cloud>(), Err(UnknownCloud("moon".to_owned())));
    }
}
