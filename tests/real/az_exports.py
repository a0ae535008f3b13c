"""Says which `az` command a user would run for each document in `arm/`, one a line: OUTPUT<TAB>ARGUMENTS (shell-quoted).

Usage: az_exports.py ARM_FOLDER. OUTPUT is `<environment>/<document>.json`, the example's own layout.
"""

import json
import pathlib
import shlex
import sys

SHOW = {
    "Microsoft.Network/networkSecurityGroups": "network nsg show",
    "Microsoft.Network/virtualNetworks": "network vnet show",
    "Microsoft.Network/networkInterfaces": "network nic show",
    "Microsoft.Network/routeTables": "network route-table show",
    "Microsoft.Network/natGateways": "network nat gateway show",
    "Microsoft.Network/publicIPAddresses": "network public-ip show",
    "Microsoft.Network/applicationSecurityGroups": "network asg show",
    "Microsoft.Network/loadBalancers": "network lb show",
    "Microsoft.Network/privateEndpoints": "network private-endpoint show",
    "Microsoft.Network/privateDnsZones": "network private-dns zone show",
    "Microsoft.Compute/disks": "disk show",
    "Microsoft.Compute/virtualMachines": "vm show -d",
    "Microsoft.RecoveryServices/vaults": "backup vault show",
    "Microsoft.RecoveryServices/vaults/backupPolicies": "backup policy show",
    "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems": "backup item show",
    "Microsoft.Storage/storageAccounts": "storage account show",
}

# az knows these only through extensions; `az resource show` prints any resource as REST gives it
BY_ID = {
    "Microsoft.Network/azureFirewalls": "2024-05-01",
    "Microsoft.Network/firewallPolicies": "2024-05-01",
    "Microsoft.Network/firewallPolicies/ruleCollectionGroups": "2024-05-01",
}


def main(folder):
    for environment in sorted(p for p in pathlib.Path(folder).iterdir() if p.is_dir()):
        documents = {f: json.loads(f.read_text(encoding="utf-8")) for f in sorted(environment.glob("*.json"))}
        for file, document in documents.items():
            for name, arguments in commands(file, document, documents):
                print(f"{environment.name}/{name}.json\t{shlex.join(arguments)}")


def commands(file, document, documents):
    if "id" not in document:
        return [without_id(file, document, documents)]
    shown = [(file.stem, show(document))]
    if document["type"] == "Microsoft.Compute/virtualMachines":
        name = file.stem.removesuffix("vm") + "instance-view"
        shown.append((name, ["vm", "get-instance-view", *placed(document)]))
    return shown


def show(document):
    part = document["id"].split("/")
    if document["type"] in BY_ID:
        return ["resource", "show", "--ids", document["id"], "--api-version", BY_ID[document["type"]]]
    arguments = SHOW[document["type"]].split()
    if document["type"].startswith("Microsoft.RecoveryServices/vaults/"):
        arguments += ["--subscription", part[2], "-g", part[4], "-v", part[8], "-n", document["name"]]
        if "protectionContainers" in part:
            arguments += ["-c", part[12], "--backup-management-type", "AzureIaasVM", "--workload-type", "VM"]
        return arguments
    return arguments + placed(document)


def placed(document):
    part = document["id"].split("/")
    return ["--subscription", part[2], "-g", part[4], "-n", document["name"]]


def without_id(file, document, documents):
    if not file.stem.endswith((".effective-rules", ".effective-routes")):
        return file.stem, listed(document["value"][0])
    nic, question = file.stem.rsplit(".", 1)
    owner = next(d for d in documents.values() if d.get("name") == nic)
    command = {"effective-rules": "list-effective-nsg", "effective-routes": "show-effective-route-table"}[question]
    return question, ["network", "nic", command, *placed(owner)]


def listed(first):
    part = first["id"].split("/")
    zone = ["--subscription", part[2], "-g", part[4], "-z", part[8]] if "privateDnsZones" in part else []
    if first["type"] == "Microsoft.Network/privateDnsZones/virtualNetworkLinks":
        return ["network", "private-dns", "link", "vnet", "list", *zone]
    if zone:
        return ["network", "private-dns", "record-set", "list", *zone]
    return ["lock", "list", "--subscription", part[2]]


if __name__ == "__main__":
    main(sys.argv[1])
