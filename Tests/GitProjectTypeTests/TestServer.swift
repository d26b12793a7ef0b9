import ClusterRunnerTesting
import Foundation
import Glibc
import Testing

/// Servers of the tests, written in Python, on free ports of 127.0.0.1.
enum TestServer {
    /// Serves the sandbox over git's smart HTTP while `body` runs with the port.
    ///
    /// Paths below `/away/` are redirected to another host, `localhost`, and those below `/port/NUMBER/` to another
    /// port. With `credentials`, which are `user:password`, it requires these. Each attempt is a line in the file
    /// `attempts`.
    static func http(
        _ sandbox: Sandbox,
        credentials: String = "",
        certificate: String = "",
        _ body: (Int) async throws -> Void
    ) async throws {
        try await run(httpScript, [sandbox.root, credentials, certificate], in: sandbox, body)
    }

    /// Starts the real sshd with this configuration for each connection while `body` runs with the port.
    static func ssh(_ sandbox: Sandbox, configuration: String, _ body: (Int) async throws -> Void) async throws {
        let command = ["/usr/sbin/sshd", "-i", "-f", configuration]
        try await run(inetScript, command, in: sandbox, body)
    }

    /// Serves the sandbox over the git protocol while `body` runs with the port.
    static func git(_ sandbox: Sandbox, _ body: (Int) async throws -> Void) async throws {
        let command = ["git", "daemon", "--inetd", "--export-all", "--base-path=\(sandbox.root)", sandbox.root]
        try await run(inetScript, command, in: sandbox, body)
    }

    /// Runs tinyproxy while `body` runs with the port; forwarded requests are in the file `proxy.log`.
    static func proxy(_ sandbox: Sandbox, _ body: (Int) async throws -> Void) async throws {
        try await run(proxyScript, [sandbox.path("proxy.conf"), sandbox.path("proxy.log")], in: sandbox, body)
    }

    /// Runs a script that prints its port on the first line.
    private static func run(
        _ script: String,
        _ arguments: [String],
        in sandbox: Sandbox,
        _ body: (Int) async throws -> Void
    ) async throws {
        let path = sandbox.path("server-\(UUID().uuidString).py")
        try Data(script.utf8).write(to: URL(filePath: path))
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", path] + arguments
        process.environment = Sandbox.environment
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        process.standardInput = FileHandle.nullDevice
        try process.start()
        defer {
            // Not SIGTERM: the process inherited the signals blocked by the threads of a test.
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
        }
        let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        try await body(#require(Int(line.trimmingCharacters(in: .whitespacesAndNewlines))))
    }

    private static let httpScript = """
        import base64, http.server, os, ssl, subprocess, sys
        root, credentials, certificate = sys.argv[1:4]

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def read_body(self):
                if self.headers.get("Transfer-Encoding") != "chunked":
                    return self.rfile.read(int(self.headers.get("Content-Length") or 0))
                body = b""
                while size := int(self.rfile.readline(), 16):
                    body += self.rfile.read(size)
                    self.rfile.readline()
                self.rfile.readline()
                return body

            def answer(self):
                body = self.read_body()
                given = self.headers.get("Authorization")
                if given:
                    with open(root + "/attempts", "a") as log:
                        log.write(base64.b64decode(given.split()[1]).decode() + "\\n")
                if credentials and given != "Basic " + base64.b64encode(credentials.encode()).decode():
                    return self.reply(401, [("WWW-Authenticate", 'Basic realm="test"')], b"no")
                if self.path.startswith("/away/"):
                    location = f"http://localhost:{self.server.server_port}{self.path[5:]}"
                    return self.reply(302, [("Location", location)], b"")
                if self.path.startswith("/port/"):
                    _, _, port, rest = self.path.split("/", 3)
                    return self.reply(302, [("Location", f"http://127.0.0.1:{port}/{rest}")], b"")
                path, _, query = self.path.partition("?")
                environment = dict(os.environ, GIT_PROJECT_ROOT=root, GIT_HTTP_EXPORT_ALL="1", PATH_INFO=path,
                    QUERY_STRING=query, REQUEST_METHOD=self.command, REMOTE_ADDR="127.0.0.1",
                    CONTENT_TYPE=self.headers.get("Content-Type", ""), CONTENT_LENGTH=str(len(body)),
                    HTTP_CONTENT_ENCODING=self.headers.get("Content-Encoding", ""))
                output = subprocess.run(["git", "http-backend"], input=body, env=environment, capture_output=True).stdout
                head, _, content = output.partition(b"\\r\\n\\r\\n")
                headers = [tuple(line.split(": ", 1)) for line in head.decode().split("\\r\\n") if line]
                status = next((int(v.split()[0]) for k, v in headers if k == "Status"), 200)
                self.reply(status, [h for h in headers if h[0] != "Status"], content)

            def reply(self, status, headers, content):
                self.send_response(status)
                for name, value in headers:
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = answer

            def log_message(self, *arguments):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        print(server.server_port, flush=True)
        server.serve_forever()
        """.replacing("\\", with: "\\")

    /// Runs tinyproxy on a port that was free a moment ago, and prints the port once it listens.
    private static let proxyScript = """
        import os, socket, subprocess, sys, ctypes, signal
        path, log = sys.argv[1:3]
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        with open(path, "w") as file:
            file.write(f"Port {port}\\nListen 127.0.0.1\\nAllow 127.0.0.1\\nTimeout 60\\nMaxClients 20\\n"
                f"LogFile \\"{log}\\"\\nLogLevel Connect\\n")
        end = lambda: ctypes.CDLL(None).prctl(1, signal.SIGKILL)
        child = subprocess.Popen(["tinyproxy", "-d", "-c", path], stdout=subprocess.DEVNULL, preexec_fn=end)
        while child.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except ConnectionRefusedError:
                pass
        print(port, flush=True)
        child.wait()
        """

    /// Starts a program for each connection, which is its standard input and output.
    private static let inetScript = """
        import socket, subprocess, sys
        server = socket.create_server(("127.0.0.1", 0))
        print(server.getsockname()[1], flush=True)
        while True:
            connection, _ = server.accept()
            subprocess.Popen(sys.argv[1:], stdin=connection, stdout=connection)
            connection.close()
        """
}
