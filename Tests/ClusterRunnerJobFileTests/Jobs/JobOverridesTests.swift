import ClusterRunnerPlugin
import Testing

@testable import ClusterRunnerJobFile

@Suite struct JobOverridesTests {
    private let job = Job(name: "J", command: "c", atomizers: [], timeout: 5, retries: 2, failFast: true)

    private func refusal(_ json: JSONValue) -> String? {
        do throws(ClusterRunnerError) {
            _ = try JobOverrides(json)
            return nil
        } catch {
            return error.message
        }
    }

    @Test func `Given keys replace those of the job, others stay`() throws {
        let overrides = try JobOverrides(["retries": 0, "fail_fast": false, "timeout": .number(1.5)])
        let changed = overrides.apply(to: job)
        #expect((changed.retries, changed.failFast, changed.timeout) == (0, false, 1.5))
        #expect(try JobOverrides("retries: 7\ntimeout: null").apply(to: job).retries == 7)
        #expect(JobOverrides().apply(to: job) == job)
        #expect(try JobOverrides(try #require(overrides.json)) == overrides)
        #expect(JobOverrides().json == nil)
    }

    @Test func `Repeated atoms come in rounds`() throws {
        let atoms = ["a", "b"].map { Atom(variable: "T", value: $0) }
        #expect(try JobOverrides(["repeat": 2]).repeated(atoms) == atoms + atoms)
        #expect(try JobOverrides(["repeat": 1]).repeated(atoms) == atoms)
        let many = Array(repeating: atoms[0], count: 1001)
        #expect(throws: ClusterRunnerError.self) { try JobOverrides(["repeat": 1000]).repeated(many) }
    }

    @Test(
        arguments: [
            (["retries": -1], #"has the number -1 for "retries", which must be 0 or a positive integer."#),
            (["timeout": 0], #"for "timeout", which must be a positive number of seconds."#),
            (["fail_fast": 1], #"for "fail_fast", which must be true or false."#),
            (["repeat": 1001], #"for "repeat", which must be 1 to 1000."#),
            (["retires": 1], #"has the unknown key "retires", did you mean "retries"? Its keys:"#),
            ([1], #""job_overrides" must be a map, such as {"retries": 2}, not a list."#),
        ] as [(JSONValue, String)]
    )
    func `A wrong value is named with what would be right`(json: JSONValue, part: String) {
        #expect(refusal(json)?.contains(part) == true, "\(refusal(json) ?? "accepted")")
    }
}
