import Foundation

/// A GET request over a connection of its own.
struct PlainRequest {
    let port: Int

    /// The body of the answer, which must be a success.
    func get(_ path: String) throws -> Data {
        try KeptConnection(port: port).get(path)
    }
}
