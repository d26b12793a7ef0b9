import ClusterRunnerDomain
import ClusterRunnerWire
import Testing

@Suite struct APIPathTests {
    @Test func `Paths are those of version 1`() {
        let paths = [
            APIPath.builds, APIPath.build(3), APIPath.artifacts(build: 3, format: "zip"),
            APIPath.subjob(build: 3, 4), APIPath.console(build: 3, subjob: 4, atom: 5), APIPath.project(build: 3),
            APIPath.slaves, APIPath.slave(2), APIPath.slave(2, .heartbeat), APIPath.upload(slave: 2, name: "x"),
            APIPath.version, APIPath.health,
        ]
        let expected = [
            "/v1/build", "/v1/build/3", "/v1/build/3/artifacts.zip",
            "/v1/build/3/subjob/4", "/v1/build/3/subjob/4/atom/5/console", "/v1/build/3/project",
            "/v1/slave", "/v1/slave/2", "/v1/slave/2/heartbeat", "/v1/slave/2/upload/x",
            "/v1/version", "/v1/health",
        ]
        #expect(paths == expected)
    }

    @Test(arguments: [
        ("application/vnd.clusterrunner.v2+json", APIVersion.v2), ("application/vnd.clusterrunner.v1+json", .v1),
        ("text/html, application/vnd.clusterrunner.v2+json;q=0.9", .v2),
        ("application/vnd.clusterrunner.v9+json, application/vnd.clusterrunner.v2+json", .v2),
    ])
    func `An Accept header chooses the version`(accept: String, version: APIVersion) {
        #expect(APIVersion(accept: accept) == version)
    }

    @Test(arguments: [
        "", "*/*", "application/json", "application/vnd.clusterrunner.v3+json", "application/vnd.clusterrunner.v+json",
        "application/vnd.clusterrunner.v2", "application/vnd.clusterrunner.v2+xml",
        "x-application/vnd.clusterrunner.v2+json",
    ])
    func `An Accept header that names no known version chooses none`(accept: String) {
        #expect(APIVersion(accept: accept) == nil)
    }
}
