import ClusterRunnerDomain
import ClusterRunnerPlugin
import Foundation
import Testing

extension RunningCluster {
    /// Requests a build, which must be accepted, and returns its number.
    func request(_ fields: [String: JSONValue]) async throws -> BuildID {
        let answer = try await http.sendSigned("POST", "/v1/build", .object(fields))
        guard answer.status == 202, let id = try answer.json()["build_id"].integer else {
            let text = String(decoding: answer.body, as: UTF8.self)
            throw ProgramFailure("The build was not accepted: \(answer.status) \(text)")
        }
        return BuildID(id)
    }

    /// Waits for the end of a build and returns version 1 of its representation.
    func ended(_ build: BuildID) async throws -> JSONValue {
        for _ in 0..<20 {
            let shown = try await http.get("/v1/build/\(build)?wait=15")["build"]
            if shown["status"] != "BUILDING" { return shown }
        }
        throw ProgramFailure("Build \(build) does not end: \(try await http.get("/v1/build/\(build)"))")
    }

    /// Requests a build and waits for its end.
    func run(_ fields: [String: JSONValue]) async throws -> JSONValue { try await ended(try await request(fields)) }

    /// Polls until the JSON at a path is as required, for states without an event.
    @discardableResult
    func poll(_ path: String, until isRight: (JSONValue) -> Bool) async throws -> JSONValue {
        for _ in 0..<6000 {
            let value = try await http.get(path)
            if isRight(value) { return value }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw ProgramFailure("Not in time: \(path) is \(try await http.get(path))")
    }

    /// Waits until all slaves are idle.
    func idle() async throws {
        try await poll("/v1/slave") { answer in
            answer["slaves"].array?.allSatisfy { $0["current_build_id"] == .null } == true
        }
    }

    /// Returns the fields of a request for a job that is given with the request, in an empty project.
    func inline(_ job: JSONValue, named name: String = "Tests") throws -> [String: JSONValue] {
        let directory = "\(scratch)/empty project"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        return [
            "type": "directory", "project_directory": .string(directory), "job_name": .string(name), "config": job,
        ]
    }
}
