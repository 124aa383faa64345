import { hash } from 'node:crypto'

const STYLE = `
body { font: 1.1rem/1.5 system-ui, sans-serif; max-width: 40rem; margin: 3rem auto; padding: 0 1rem; color: #1b1f24; background: #fff }
a { color: #0550ae }
dt { float: left; clear: left; width: 6rem }
@media (prefers-color-scheme: dark) { body { color: #e6edf3; background: #0d1117 } a { color: #79c0ff } }
`

/** Allows this page's own style, and nothing else. */
export const HOME_PAGE_POLICY = `default-src 'none'; style-src 'sha256-${hash('sha256', STYLE, 'base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`

/** Shows what this is to a person who opens the service in a browser. `version` is null for strangers. */
export function homePage ({ isReady, version }: { isReady: boolean, version: string | null }): string {
  const facts = [['Live', 'yes'], ['Ready', isReady ? 'yes' : 'no'], ...version === null ? [] : [['Version', version]]]
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>generator-client</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>generator-client</h1>
<p>This service manages a Kalypso proof generator inside an enclave. Its operator configures, checks, runs and watches the generator over HTTP with an API key.</p>
<dl>
${facts.map(([name, value]) => `<dt>${name}</dt><dd>${value}</dd>`).join('\n')}
</dl>
<ul>
<li><a href="/documentation">All calls, with examples to try</a></li>
<li><a href="/health/ready">What is missing when the service is not ready</a></li>
</ul>
</main>
</body>
</html>
`
}
