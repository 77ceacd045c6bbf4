#!/usr/bin/env bash
# Run by the self-hosted runner before each job (ACTIONS_RUNNER_HOOK_JOB_STARTED): a job that is not the night's, or not
# main's, ends here, before a line of it has run. Whoever opens a pull request can write a workflow that asks for this
# machine; they can't set what is read here: GitHub sets it, and lets no workflow change it.
#
# docs/runner.md says how it is installed, as a copy that the runner's user can't write.
set -euo pipefail

wanted="${BATCHMARK_REPOSITORY:?set BATCHMARK_REPOSITORY=owner/name in the environment of the runner}"
wanted+="/.github/workflows/nightly-gpu.yml@refs/heads/main"

if [[ "${GITHUB_WORKFLOW_REF:-}" != "$wanted" ]]; then
  echo "refused: this machine runs $wanted and nothing else; asked for was ${GITHUB_WORKFLOW_REF:-nothing}"
  exit 1
fi
case "${GITHUB_EVENT_NAME:-}" in
  schedule | workflow_dispatch) ;;
  *)
    echo "refused: this machine starts on a schedule or by hand, not on ${GITHUB_EVENT_NAME:-nothing}"
    exit 1
    ;;
esac
