"""What can be run: model URIs, the catalog, the registry, where weights come from, memory need.

The way through this room: `registry.Registry.plan` turns a name into a `plans.FetchPlan`,
`fetching.fetch` turns that into `schemas.models.ModelFiles` on this machine, and `memory.need`
says what those files take while they run. Nothing here imports torch or reaches the network,
except the child process `fetch`.
"""
