<#
.SYNOPSIS
  Gathers what `azpreflight check` asks of a Windows VM into one JSON document, where no other program may run.

.DESCRIPTION
  It only reads: keys of the registry, logs of the VM agent, versions of its programs, and what a few commands print.
  Credentials in settings of proxies, keys and signatures of shared access are taken out. It writes the one file that it is
  told, and opens no connection. Windows PowerShell 5.1, no modules. As administrator it reads more.

    powershell -ExecutionPolicy Bypass -File collect.ps1 -Out guest.json
    azpreflight check guest.json        # anywhere

.PARAMETER Out
  The file to write.
#>
param(
    [Parameter(Mandatory = $true)]
    [string] $Out
)

Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'

$absent = New-Object System.Collections.ArrayList
$unread = New-Object System.Collections.ArrayList
$files = New-Object System.Collections.ArrayList
$executables = New-Object System.Collections.ArrayList
$folders = New-Object System.Collections.ArrayList
$volumes = New-Object System.Collections.ArrayList

$identity = [Security.Principal.WindowsIdentity]::GetCurrent()
$principal = New-Object Security.Principal.WindowsPrincipal($identity)
$privileged = $principal.IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator)

# What may be a secret goes, rather too much than too little. Whoever reads the document looks once more, and knows more forms.
$secret = '(?:pass(?:word|wort|wd|phrase|code)|pwd|secret|token|credential|protectedsettings|connectionstring|wpa-psk|' +
    '(?<![a-z])(?:sig|signature|sshpass|psk)|' +
    '(?:api|access|account|shared|primary|secondary|storage|functions?|subscription|encryption|workspace|master|host)[_-]?key)'
$end = '(?:[_-]?(?:value|key|s))?'

function Hide-Secrets([string] $Text) {
    $Text = $Text -replace '(?s)-----BEGIN [A-Z ]*PRIVATE KEY( BLOCK)?-----.*?(-----END [A-Z ]*PRIVATE KEY( BLOCK)?-----|$)', 'withheld'
    $Text = $Text -replace '(?i)(:(?://|\\/\\/))[^\s/?#"''<>]*@', '$1withheld@'
    $Text = $Text -replace ('(?is)<((?:\w+:)?[\w.-]*' + $secret + '[\w.-]*)(\s[^<>]*)?>.*?</\1>'), '<$1>withheld</$1>'
    $Text = $Text -replace ('(?i)(' + $secret + $end + '\\+["'']\s*[=:]\s*)(\\+["''])(?:(?!\2)[^\r\n])*'), '$1$2withheld'
    $Text = $Text -replace ('(?i)(' + $secret + $end + '["'']?\s*[=:]\s*[ubn@]?)(["''])(?:\\.|\2\2|(?!\2)[^\r\n])*'), '$1$2withheld'
    $Text = $Text -replace ('(?i)(' + $secret + $end + '["'']?\s*(?:[=:]|%3d|\\+u003d)\s*)(?![ubn@]?["''])[^\s&"''<>\\][^\s&"''<>]*'), '$1withheld'
    $Text = $Text -replace ('(?im)((?:^|[\s"''])[-/]{1,2}' + $secret + $end + '\s+)[^\s"''-][^\s"'']*'), '$1withheld'
    $Text = $Text -replace '(?i)((?:authorization|cookie)["'']?\s*[:=]\s*["'']?)[^\r\n"'']+', '$1withheld'
    $Text = $Text -replace '(?i)\b((?:bearer|basic)\s+)[A-Za-z0-9+/=._~-]{8,}', '$1withheld'
    $Text = $Text -replace '(?<![A-Za-z0-9])eyJ[A-Za-z0-9_-]{5,1000}\.[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]*)?', 'withheld'
    return $Text
}

function Add-Absent([string] $Path) { [void] $absent.Add($Path) }

function Add-Unread([string] $Path, [string] $Reason, [bool] $Root) {
    [void] $unread.Add(@{ path = $Path; reason = $Reason; root = $Root })
}

function Add-File([string] $Path, [string] $Text) {
    [void] $files.Add(@{ path = $Path; text = (Hide-Secrets $Text) })
}

# The registry, in the form of an export.

# A proxy, or a list of them, without the name and password before the host.
function Hide-Credentials([string] $Text) {
    return ($Text -replace '(?i)(^|[;\s])((?:[a-z]+=)?(?:[a-z][a-z0-9+.-]*://)?)[^;\s]*@', '$1$2withheld@')
}

# Settings of proxies packed into bytes: three numbers, then texts after their length.
function Hide-Packed([byte[]] $Bytes) {
    if ($Bytes.Length -lt 16) { return , ([byte[]] @()) }
    $kept = New-Object System.Collections.Generic.List[byte]
    $kept.AddRange([byte[]] $Bytes[0..11])
    $at = 12
    foreach ($part in 0..2) {
        if ($at + 4 -gt $Bytes.Length) { break }
        $length = [BitConverter]::ToInt32($Bytes, $at)
        if ($length -lt 0 -or $at + 4 + $length -gt $Bytes.Length) { break }
        $text = [Text.Encoding]::GetEncoding(28591).GetString($Bytes, $at + 4, $length)
        if ($part -ne 1) { $text = Hide-Credentials $text }
        $written = [Text.Encoding]::GetEncoding(28591).GetBytes($text)
        $kept.AddRange([BitConverter]::GetBytes([int] $written.Length))
        $kept.AddRange($written)
        $at += 4 + $length
    }
    return , ($kept.ToArray())
}

function Format-Bytes([byte[]] $Bytes) {
    return (($Bytes | ForEach-Object { $_.ToString('x2') }) -join ',')
}

function Format-Text([string] $Text) {
    if ($Text -match '[\x00-\x1f]') {
        return 'hex(1):' + (Format-Bytes ([Text.Encoding]::Unicode.GetBytes($Text + "`0")))
    }
    return '"' + $Text.Replace('\', '\\').Replace('"', '\"') + '"'
}

function Format-Value($Key, [string] $Name) {
    $value = $Key.GetValue($Name, $null, 'DoNotExpandEnvironmentNames')
    switch ($Key.GetValueKind($Name)) {
        'DWord' { return 'dword:{0:x8}' -f $value }
        'QWord' { return 'hex(b):' + (Format-Bytes ([BitConverter]::GetBytes([long] $value))) }
        'MultiString' {
            $text = (($value | ForEach-Object { $_ + "`0" }) -join '') + "`0"
            return 'hex(7):' + (Format-Bytes ([Text.Encoding]::Unicode.GetBytes($text)))
        }
        'Binary' {
            if ('DefaultConnectionSettings', 'SavedLegacySettings', 'WinHttpSettings' -contains $Name) {
                $value = Hide-Packed $value
            }
            return 'hex:' + (Format-Bytes $value)
        }
        { 'String', 'ExpandString' -contains $_ } {
            if ('ProxyServer', 'AutoConfigURL' -contains $Name) { $value = Hide-Credentials $value }
            return Format-Text $value
        }
        default { return 'hex:' }
    }
}

function Add-Key($Lines, $Key, [int] $Depth, [string[]] $Names, [string] $Holding) {
    [void] $Lines.Add('')
    [void] $Lines.Add('[' + $Key.Name + ']')
    foreach ($name in ($Key.GetValueNames() | Sort-Object)) {
        if ($name -match '[\x00-\x1f]') { continue }
        if ($Holding) {
            $value = $Key.GetValue($name)
            if (-not ($value -is [string]) -or -not $value.Contains($Holding)) { continue }
        } elseif ($Names -and -not ($Names -contains $name)) { continue }
        $left = '@'
        if ($name) { $left = Format-Text $name }
        [void] $Lines.Add($left + '=' + (Format-Value $Key $name))
    }
    if ($Depth -gt 0) {
        foreach ($below in ($Key.GetSubKeyNames() | Sort-Object)) {
            $inner = $Key.OpenSubKey($below)
            if ($inner) {
                Add-Key $Lines $inner ($Depth - 1) $Names $Holding
                $inner.Close()
            }
        }
    }
}

function Add-Branch($Lines, [string] $Path, [int] $Depth, [string[]] $Names, [string] $Holding) {
    $root, $rest = $Path.Split('\', 2)
    $hives = @{
        HKEY_LOCAL_MACHINE = [Microsoft.Win32.RegistryHive]::LocalMachine
        HKEY_USERS = [Microsoft.Win32.RegistryHive]::Users
        HKEY_CURRENT_USER = [Microsoft.Win32.RegistryHive]::CurrentUser
    }
    try {
        $view = [Microsoft.Win32.RegistryView]::Registry64
        $key = [Microsoft.Win32.RegistryKey]::OpenBaseKey($hives[$root], $view).OpenSubKey($rest)
        if ($null -eq $key) { Add-Absent $Path; return }
        $taken = New-Object System.Collections.ArrayList
        Add-Key $taken $key $Depth $Names $Holding
        $Lines.AddRange($taken)
        $key.Close()
    } catch {
        Add-Unread $Path 'access is denied' (-not $privileged)
    }
}

function Add-Registry([string] $Document, [object[]] $Branches) {
    $lines = New-Object System.Collections.ArrayList
    foreach ($branch in $Branches) {
        $holding = ''
        if ($branch.ContainsKey('Holding')) { $holding = $branch.Holding }
        Add-Branch $lines $branch.Path $branch.Depth $branch.Names $holding
    }
    if ($lines.Count -gt 0) {
        Add-File "registry/$Document.reg" ("Windows Registry Editor Version 5.00`n" + ($lines -join "`n") + "`n")
    }
}

function New-Branch([string] $Path, [int] $Depth, [string[]] $Names) {
    return @{ Path = $Path; Depth = $Depth; Names = $Names }
}

$software = 'HKEY_LOCAL_MACHINE\SOFTWARE'
$system = 'HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet'
$settings = 'Microsoft\Windows\CurrentVersion\Internet Settings'
$plugin = 'S-1-5-80-1631947889-4033244730-3205203906-53534054-4184208151'
$proxy = 'ProxyEnable', 'ProxyServer', 'ProxyOverride', 'AutoConfigURL', 'ProxySettingsPerUser',
    'DefaultConnectionSettings', 'WinHttpSettings'
$accounts = 'HKEY_USERS\S-1-5-18\Software', "HKEY_USERS\$plugin\Software", $software, 'HKEY_CURRENT_USER\Software'
$branches = @(New-Branch "$software\Policies\$settings" 0 $proxy)
foreach ($account in $accounts) {
    $branches += New-Branch "$account\$settings" 0 $proxy
    $branches += New-Branch "$account\$settings\Connections" 0 $proxy
}
Add-Registry 'proxies' $branches

Add-Registry 'agent' @(
    (New-Branch "$software\Microsoft\GuestAgent" 0 @(
        'GuestAgentVersion', 'HeartbeatLastStatusUpdateTime', 'Incarnation', 'Update-NewGAVersion', 'VmProvisionedAt')),
    (New-Branch "$software\Microsoft\Virtual Machine\Guest" 0 @('GuestAgentVersion')),
    (New-Branch "$software\Microsoft\BcdrAgentPersistentKeys" 0 @())
)
Add-Registry 'extensions' @((New-Branch "$software\Microsoft\Windows Azure\HandlerState" 1 @('InstallState')))
Add-Registry 'applocker' @(
    (New-Branch "$software\Policies\Microsoft\Windows\SrpV2\Exe" 1 @('EnforcementMode', 'Value'))
)
Add-Registry 'system' @(
    (New-Branch "$software\Microsoft\Windows NT\CurrentVersion" 0 @(
        'ProductName', 'CurrentBuild', 'CurrentBuildNumber', 'UBR', 'EditionID', 'InstallationType')),
    (New-Branch "$system\Control\Session Manager\Environment" 0 @('PROCESSOR_ARCHITECTURE'))
)
$runtime = 'SchUseStrongCrypto', 'SystemDefaultTlsVersions'
Add-Registry 'security' @(
    (New-Branch "$system\Control\SecurityProviders\SCHANNEL" 3 @('Enabled', 'DisabledByDefault')),
    (New-Branch "$software\Microsoft\.NETFramework" 0 @('Enable64Bit')),
    (New-Branch "$software\Microsoft\.NETFramework\v4.0.30319" 0 $runtime),
    (New-Branch "$software\WOW6432Node\Microsoft\.NETFramework\v4.0.30319" 0 $runtime),
    (New-Branch "$software\Microsoft\NET Framework Setup\NDP" 2 @('Release', 'Version'))
)
$services = 'RdAgent', 'WindowsAzureGuestAgent', 'AppIDSvc', 'BFE', 'COMSysApp', 'CryptSvc', 'Dhcp', 'EventSystem', 'KeyIso',
    'MSDTC', 'MpsSvc', 'RpcSs', 'swprv', 'VSS', 'W32Time', 'Winmgmt', 'msiserver'
Add-Registry 'services' @($services | ForEach-Object { New-Branch "$system\Services\$_" 0 @('Start', 'ObjectName') })
$policies = "$system\Services\SharedAccess\Parameters\FirewallPolicy", "$software\Policies\Microsoft\WindowsFirewall"
$branches = @()
foreach ($policy in $policies) {
    foreach ($name in 'DomainProfile', 'StandardProfile', 'PublicProfile') {
        $branches += New-Branch "$policy\$name" 0 @(
            'EnableFirewall', 'DefaultInboundAction', 'DefaultOutboundAction', 'DoNotAllowExceptions',
            'AllowLocalPolicyMerge')
    }
    $branches += @{ Path = "$policy\FirewallRules"; Depth = 0; Names = @(); Holding = '|Dir=Out|' }
}
Add-Registry 'firewall' $branches
Add-Registry 'network' @(
    (New-Branch "$system\Services\Tcpip\Parameters" 0 @('DataBasePath', 'NameServer', 'SearchList', 'Domain')),
    (New-Branch "$system\Services\Tcpip\Parameters\Interfaces" 1 @(
        'EnableDHCP', 'DhcpServer', 'DhcpIPAddress', 'LeaseTerminatesTime', 'DhcpNameServer', 'DhcpInterfaceOptions', 'IPAddress',
        'NameServer'))
)

# Logs: what happened last. The extension's are in a folder a version.

function Add-Tail([string] $Path) {
    try {
        $stream = New-Object IO.FileStream($Path, 'Open', 'Read', 'ReadWrite, Delete')
        try {
            $most = 1MB
            if ($stream.Length -gt $most) { [void] $stream.Seek(-$most, 'End') }
            $reader = New-Object IO.StreamReader($stream)
            if ($stream.Length -gt $most) { [void] $reader.ReadLine() }
            Add-File $Path $reader.ReadToEnd()
        } finally {
            $stream.Close()
        }
    } catch [UnauthorizedAccessException] {
        Add-Unread $Path 'access is denied' (-not $privileged)
    } catch {
        Add-Unread $Path $_.Exception.Message $false
    }
}

# A file that is of no use by halves; a larger one is not read.
function Add-Whole([string] $Path) {
    try {
        if ((Get-Item -LiteralPath $Path -Force).Length -gt 1048576) { Add-Unread $Path 'it is larger than 1 MiB' $false }
        else { Add-Tail $Path }
    } catch {
        Add-Unread $Path $_.Exception.Message $false
    }
}

# Those files that a pattern means; what only a pattern means was not looked for by that name.
function Find-Files([string] $Pattern) {
    return @(Get-ChildItem -Path $Pattern -Force -ErrorAction SilentlyContinue | Where-Object { -not $_.PSIsContainer })
}

$drive = $env:SystemDrive
$logs = "$drive\WindowsAzure\Logs"
foreach ($log in "$logs\WaAppAgent.log", "$logs\TransparentInstaller.log") {
    if (Test-Path -LiteralPath $log -PathType Leaf) { Add-Tail $log } else { Add-Absent $log }
}
$extension = 'Microsoft.Azure.RecoveryServices.VMSnapshot'
$found = @(Find-Files "$logs\Plugins\$extension\*.log") + @(Find-Files "$logs\Plugins\$extension\*\*.log")
$found | Sort-Object LastWriteTime -Descending | Select-Object -First 8 | ForEach-Object { Add-Tail $_.FullName }
$wholes = "$logs\AggregateStatus\aggregatestatus.json", "$drive\Windows\System32\drivers\etc\hosts"
foreach ($whole in $wholes) {
    if (Test-Path -LiteralPath $whole -PathType Leaf) { Add-Whole $whole } else { Add-Absent $whole }
}
$found = @(Find-Files "$drive\Packages\Plugins\$extension\*\Status\*.status")
$found | Sort-Object LastWriteTime -Descending | Select-Object -First 8 | ForEach-Object { Add-Whole $_.FullName }

# Names in the folders of extensions, as far as they are backup's.

function Add-Folder([string] $Path) {
    if (-not (Test-Path -LiteralPath $Path -PathType Container)) { Add-Absent $Path; return }
    try {
        $names = @(Get-ChildItem -LiteralPath $Path -Force | ForEach-Object { $_.Name })
        $names = @($names | Where-Object { $_ -like 'Microsoft.Azure.RecoveryServices.*' -or $_ -match '^[0-9.]+$' -or $_ -eq 'HandlerManifest.json' -or $_ -eq 'main' })
        [void] $folders.Add(@{ path = $Path; entries = $names })
    } catch {
        Add-Unread $Path 'access is denied' (-not $privileged)
    }
}

Add-Folder "$drive\Packages\Plugins"
Add-Folder "$drive\Packages\Plugins\$extension"
Get-ChildItem -Path "$drive\Packages\Plugins\$extension\*" -Force -ErrorAction SilentlyContinue |
    Where-Object { $_.PSIsContainer } | ForEach-Object { Add-Folder $_.FullName }

# The versions of the agent's programs.

function Get-Version($Info, [string] $Kind) {
    return '{0}.{1}.{2}.{3}' -f $Info."${Kind}MajorPart", $Info."${Kind}MinorPart", $Info."${Kind}BuildPart", $Info."${Kind}PrivatePart"
}

foreach ($pattern in 'Packages', 'GuestAgent_*') {
    foreach ($name in 'WaAppAgent.exe', 'WindowsAzureGuestAgent.exe') {
        $found = @(Get-ChildItem -Path "$drive\WindowsAzure\$pattern\$name" -ErrorAction SilentlyContinue)
        foreach ($program in $found) {
            $info = $program.VersionInfo
            [void] $executables.Add(@{
                path = $program.FullName
                fileVersion = Get-Version $info 'File'
                productVersion = Get-Version $info 'Product'
            })
        }
        if ($found.Count -eq 0 -and $pattern -eq 'Packages') { Add-Absent "$drive\WindowsAzure\Packages\$name" }
    }
}

# Commands that only read.

function Add-Command([string] $Document, [string] $Program, [string[]] $Arguments, [bool] $Root) {
    $path = Join-Path ([Environment]::SystemDirectory) $Program
    if (-not (Test-Path -LiteralPath $path)) { Add-Absent "commands/$Document"; return }
    try {
        $ErrorActionPreference = 'Continue'
        $said = (& $path @Arguments 2>$null) -join "`n"
        if ($LASTEXITCODE -eq 0) { Add-File "commands/$Document" $said }
        elseif ($LASTEXITCODE -eq 1060) { Add-Absent "commands/$Document" }
        else { Add-Unread "commands/$Document" "``$Program`` failed: $LASTEXITCODE" ($Root -and -not $privileged) }
    } catch {
        Add-Unread "commands/$Document" $_.Exception.Message ($Root -and -not $privileged)
    }
}

Add-Command 'sc-query-RdAgent.txt' 'sc.exe' @('query', 'RdAgent') $false
Add-Command 'sc-query-WindowsAzureGuestAgent.txt' 'sc.exe' @('query', 'WindowsAzureGuestAgent') $false
Add-Command 'netsh-winhttp-proxy.txt' 'netsh.exe' @('winhttp', 'show', 'proxy') $false
Add-Command 'w32tm-status.txt' 'w32tm.exe' @('/query', '/status', '/verbose') $true
Add-Command 'vssadmin-writers.txt' 'vssadmin.exe' @('list', 'writers') $true

# What stands in no file.

foreach ($volume in [IO.DriveInfo]::GetDrives()) {
    if ($volume.DriveType -eq 'Fixed' -and $volume.IsReady) {
        [void] $volumes.Add(@{
            path = $volume.Name
            sizeBytes = $volume.TotalSize
            freeBytes = $volume.AvailableFreeSpace
        })
    }
}

$environment = [Microsoft.Win32.Registry]::LocalMachine.OpenSubKey('SYSTEM\CurrentControlSet\Control\Session Manager\Environment')
$architectures = @{ AMD64 = 'x86_64'; x86 = 'i686'; ARM64 = 'aarch64' }

$survey = @{
    schema = 'azpreflight/guest/v1'
    tool = 'collect.ps1'
    system = 'windows'
    live = $true
    privileged = $privileged
    collectedAt = [DateTime]::UtcNow.ToString('yyyy-MM-ddTHH:mm:ssZ', [Globalization.CultureInfo]::InvariantCulture)
    hostName = $env:COMPUTERNAME
    processors = [Environment]::ProcessorCount
    absent = @($absent)
    unread = @($unread)
    folders = @($folders)
    volumes = @($volumes)
    executables = @($executables)
    files = @($files)
}
$architecture = $architectures[[string] $environment.GetValue('PROCESSOR_ARCHITECTURE')]
if ($architecture) { $survey.architecture = $architecture }
try {
    $survey.memoryBytes = [uint64] (Get-WmiObject -Class Win32_ComputerSystem).TotalPhysicalMemory
} catch {
    Add-Unread 'memory' $_.Exception.Message $false
    $survey.unread = @($unread)
}

$json = ConvertTo-Json -InputObject $survey -Depth 6
$full = $ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath($Out)
[IO.File]::WriteAllText($full, $json + "`n", (New-Object Text.UTF8Encoding($false)))
Write-Output "wrote $full`: $($files.Count) documents, $($unread.Count) that could not be read"
if ($unread.Count -gt 0 -and -not $privileged) { Write-Output 'an administrator could read more' }
