//! The closed vocabulary of the tables under `data/`: which words a row may use, and what each means.
//!
//! A leaf that needs nothing but the standard library: the build script reads the same file, so that a word in a
//! table and a variant here can never differ.

words! {
    /// What is backed up.
    Workload {
        /// A whole Azure VM, by snapshots of its disks.
        Vm = "vm",
        /// SQL Server databases inside an Azure VM.
        Sql = "sql",
        /// SAP HANA databases inside an Azure VM.
        Hana = "hana",
        /// Files and folders from inside, by the MARS agent.
        Mars = "mars",
    }
}

words! {
    /// Whose word counts: what is documented today, or the founding documents of 2016 to 2018.
    Profile {
        /// What Microsoft documents today.
        Current = "current",
        /// The matrix of the founding documents: ports by disk kind, 16 data disks, agent 2.6.1198.718.
        Y2018 = "2018",
    }
}

words! {
    /// How much an unmet requirement or a broken limit weighs; the heaviest sorts first.
    Severity {
        /// Backup will not work.
        Blocker = "blocker",
        /// It works today but is fragile, or the sources disagree.
        Warning = "warning",
        /// Worth knowing.
        Note = "note",
    }
}

words! {
    /// What a requirement serves.
    Purpose {
        /// Calls to the backup service.
        Control = "control",
        /// Transfer of backup data.
        Data = "data",
        /// Signing in to Microsoft Entra ID.
        Identity = "identity",
        /// Calls to Azure Resource Manager.
        Management = "management",
        /// The VM agent's channel to the host, and the host's other services.
        Platform = "platform",
        /// Restoring single files.
        Recovery = "recovery",
        /// Keeping the software of the workload up to date, and its connectivity probes.
        Upkeep = "upkeep",
    }
}

words! {
    /// When a requirement applies. Answered from a situation with yes, no or unknown.
    Condition {
        /// Without condition.
        Always = "always",
        /// The VM agent is below the support minimum, so the host does not relay storage for it.
        AgentUnsupported = "agent-unsupported",
        /// A disk of the VM has write accelerator on.
        WriteAccelerator = "write-accelerator",
        /// The snapshot extension asks storage from inside the guest, first or only.
        GuestSnapshot = "guest-snapshot",
        /// Unmanaged disks in a storage account without encryption.
        UnmanagedPlain = "unmanaged-plain",
        /// Unmanaged disks in a storage account with encryption.
        UnmanagedEncrypted = "unmanaged-encrypted",
        /// Managed disks.
        Managed = "managed",
        /// The policy takes agentless crash-consistent recovery points: neither agent nor extension.
        Agentless = "agentless",
        /// SAP HANA instance snapshots are taken.
        HanaInstanceSnapshot = "hana-instance-snapshot",
        /// The VM resolves names through the platform, not through servers of its own network.
        PlatformDns = "platform-dns",
        /// Single files are to be restored.
        FileRecovery = "file-recovery",
    }
}

words! {
    /// Another way of meeting a requirement than a path to its public addresses.
    AlternativeKind {
        /// A virtual network service endpoint on the subnet.
        ServiceEndpoint = "service-endpoint",
        /// A private endpoint of the vault or account.
        PrivateEndpoint = "private-endpoint",
        /// An FQDN tag in an application rule of Azure Firewall.
        FirewallTag = "firewall-tag",
        /// An HTTP proxy that asks for no credentials.
        Proxy = "proxy",
        /// An HTTP proxy, with credentials where it asks for them.
        ProxyWithCredentials = "proxy-with-credentials",
    }
}

words! {
    /// How well a row is founded.
    Grounds {
        /// Stated by its sources.
        Documented = "documented",
        /// A reading or judgement made from its sources: never stated as fact.
        Judgement = "judgement",
        /// No source was found. Never a blocker.
        Unsourced = "unsourced",
    }
}

words! {
    /// Whether backup takes something.
    Support {
        /// Supported.
        Full = "full",
        /// Supported under the conditions that the row states.
        Limited = "limited",
        /// Not supported.
        None = "none",
        /// Was supported once; no longer since the date of the row.
        Retired = "retired",
        /// The sources contradict one another.
        Disputed = "disputed",
    }
}

words! {
    /// Where an error code shows up.
    Reporter {
        /// The backup service: job and health details.
        Service = "service",
        /// The restore-point service of Azure Compute.
        RestorePoint = "restore-point",
        /// The extension for databases inside the VM.
        Workload = "workload",
        /// The log of the Linux snapshot extension.
        ExtensionLog = "extension-log",
        /// A proxy on the way.
        Proxy = "proxy",
    }
}
