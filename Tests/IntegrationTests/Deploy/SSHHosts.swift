import Foundation
import Testing

/// Hosts with an sshd each, in namespaces of their own for network, names, processes and `/root`.
///
/// They hang on a bridge, beside the machine that deploys. All of it ends with its first process, so that nothing is
/// left behind, even if the test is killed.
struct SSHHosts {
    /// Whether this system can have them.
    static let arePossible =
        geteuid() == 0 && ["/usr/sbin/sshd", "/usr/bin/ssh"].allSatisfy(FileManager.default.isExecutableFile(atPath:))
    static let need: Comment = "needs root, /usr/sbin/sshd and ssh"

    private let cluster: RunningCluster
    private let keeper: RunningProgram
    /// The words before a command that run it on the machine that deploys.
    let entrance: [String]

    /// The kinds of hosts.
    enum Kind: String {
        /// One that works.
        case usual
        /// One whose `/root` has 8 MiB.
        case small
        /// One that knows another key.
        case locked
        /// One whose host key is not known.
        case strange
    }

    /// Runs a body with hosts, which have the addresses 10.99.0.2 and so on.
    static func with(_ kinds: [Kind], _ body: (SSHHosts, RunningCluster) async throws -> Void) async throws {
        try await RunningCluster.withNothing { cluster in
            let hosts = try await start(kinds, for: cluster)
            let result: Result<Void, any Error>
            do { result = .success(try await body(hosts, cluster)) } catch { result = .failure(error) }
            // The first process of a namespace heeds no other signal, and takes all others with it.
            hosts.keeper.send(SIGKILL)
            try await hosts.keeper.exitCode()
            try result.get()
        }
    }

    private static func start(_ kinds: [Kind], for cluster: RunningCluster) async throws -> SSHHosts {
        try await shell(
            """
            ssh-keygen -q -t ed25519 -N '' -f key
            ssh-keygen -q -t ed25519 -N '' -f other-key
            ssh-keygen -q -t ed25519 -N '' -f host-key
            : > known_hosts
            """,
            in: cluster.scratch
        )
        let keeper = try RunningProgram(
            "hosts",
            "/usr/bin/unshare",
            ["--net", "--mount", "--pid", "--fork", "--kill-child", "bash", "-euc", script, "bash", cluster.scratch]
                + kinds.map(\.rawValue),
            in: cluster.scratch
        )
        cluster.keep(keeper)
        _ = try await keeper.line(after: "All hosts listen.")
        let children = try String(contentsOfFile: "/proc/\(keeper.id)/task/\(keeper.id)/children", encoding: .utf8)
        let first = try #require(children.split(separator: " ").first.flatMap { pid_t($0) })
        let entrance = ["nsenter", "--target", "\(first)", "--net", "--mount", "--pid", "--wd=\(cluster.scratch)"]
        return SSHHosts(cluster: cluster, keeper: keeper, entrance: entrance)
    }

    /// The name of a host for `deploy`.
    static func name(_ number: Int) -> String { "root@10.99.0.\(number + 2):2222" }

    /// The options of ssh that concern the test.
    var options: [String] {
        [
            "IdentityFile=\(cluster.scratch)/key", "UserKnownHostsFile=\(cluster.scratch)/known_hosts",
            "ConnectTimeout=5",
        ]
        .flatMap { ["--ssh-option", $0] }
    }

    /// Runs the product, or another program, on the machine that deploys.
    func run(_ arguments: [String], program: String? = nil) async throws -> (code: Int32, output: String) {
        let words = entrance + [try program ?? Product.path()] + arguments
        let running = try RunningProgram(arguments[0], "/usr/bin/env", words, in: cluster.scratch)
        cluster.keep(running)
        return (try await running.exitCode(), running.output)
    }

    /// Makes the network, and a host with an sshd for each kind; `wait` keeps it.
    private static let script = """
        scratch=$1; shift
        mount -t proc proc /proc
        mount -t tmpfs run /run && mkdir /run/sshd
        ip link set lo up
        ip link add hub type bridge
        ip address add 10.99.0.1/24 dev hub
        ip link set hub up
        mkfifo "$scratch/begun" "$scratch/ready"
        number=0
        for kind; do
            address=10.99.0.$((number + 2))
            root=$scratch/host$number
            mkdir "$root"
            key=$scratch/key
            [ $kind != locked ] || key=$scratch/other-key
            [ $kind = strange ] ||
                echo "[$address]:2222 $(cut -d' ' -f1,2 "$scratch/host-key.pub")" >> "$scratch/known_hosts"
            printf '%s\\n' "ListenAddress $address:2222" "HostKey $scratch/host-key" "AuthorizedKeysFile $key.pub" \\
                'PermitRootLogin yes' 'PasswordAuthentication no' 'KbdInteractiveAuthentication no' \\
                'StrictModes no' 'UsePAM no' 'PidFile none' > "$scratch/sshd$number.conf"
            unshare --net --mount --uts bash -euc '
                hostname "host$1"
                case $2 in
                small) mount -t tmpfs -o size=8m small /root ;;
                *) mount --bind "$3" /root ;;
                esac
                echo $$ > "$4/begun"
                read -r _ < "$4/ready"
                exec /usr/sbin/sshd -D -e -f "$4/sshd$1.conf"
            ' bash $number $kind "$root" "$scratch" &
            read -r process < "$scratch/begun"
            ip link add port$number type veth peer name net netns $process
            ip link set port$number master hub up
            nsenter --target $process --net sh -c "
                ip link set lo up && ip address add $address/24 dev net && ip link set net up"
            echo go > "$scratch/ready"
            until ssh-keyscan -T 2 -p 2222 $address 2>/dev/null | grep -q .; do :; done
            number=$((number + 1))
        done
        echo "All hosts listen."
        wait
        """
}
