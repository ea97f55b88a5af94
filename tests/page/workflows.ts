/** Workflows that show what the page can show. @module */

export const WORKFLOWS = `
greet:
  type: Workflow
  desc: Greets with care
  tags: [friendly, example]
  params:
    who: {type: str, default: world, desc: Whom to greet}
    times: {type: int, default: 2, ge: 1, le: 9}
    loud: {type: bool, default: false}
    tone: {type: choice, options: [warm, cool], default: warm}
    extra: {type: map, default: {a: 1}}
  on:
    - cron: "0 9 * * *"
  jobs:
    say:
      stages:
        - name: Say
          id: say
          bash: |
            for i in $(seq "\${{ params.times }}"); do echo "Hello \${{ params.who }} $i"; done
            printf '\\033[31mred\\033[0m plain\\n'
            echo "::group::More"
            echo "within the group"
            echo "::endgroup::"
    skipped:
      needs: [say]
      if: \${{ params.loud }}
      stages: [{name: Shout, echo: HELLO}]

legs:
  type: Workflow
  jobs:
    work:
      strategy:
        matrix: {part: [1, 2, 3]}
      stages:
        - {name: "Part \${{ matrix.part }}", id: part, echo: "part \${{ matrix.part }}"}
        - name: Each
          foreach: [a, b]
          stages: [{name: Item, echo: "\${{ item }}"}]

failing:
  type: Workflow
  jobs:
    good: {stages: [{name: Fine, id: fine, outputs: {x: one}, echo: fine}]}
    bad:
      needs: [good]
      stages:
        - name: Fails
          id: fails
          bash: "echo about to fail; exit 3"
    after: {needs: [bad], stages: [{name: Never, echo: never}]}

waiting:
  type: Workflow
  jobs:
    wait: {stages: [{name: Wait, id: wait, bash: "echo waiting; exec sleep 600"}]}

broken:
  type: Workflow
  jobs:
    one: {needs: [two], stages: [{name: a, echo: a}]}
`;
