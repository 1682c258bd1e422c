/** The completion for fish, with a description of each word. */
import type { CommandTree, Node, Word } from './command-tree.ts';

/** The script, to be sourced, or to be a file of fish's completions. */
export function fishCompletion({ name, nodes, valued }: CommandTree): string {
  const entered = nodes.filter(({ path }) => path !== '');
  return `# fish completion of ${name}: ${name} completion fish | source
function __${name}_at
    set -l at
    set -l skips no
    for word in (commandline -opc)[2..]
        if test $skips = yes
            set skips no
            continue
        end
        switch $word
            case ${valued.map(quoted).join(' ')}
                set skips yes
                continue
        end
        switch (string join ' ' -- $at $word)
            case ${entered.map(({ path }) => quoted(path)).join(' ')}
                set -a at $word
        end
    end
    string join ' ' -- $at
end
complete -c ${name} -f
${nodes.flatMap((node) => linesOf(name, node, valued)).join('\n')}
`;
}

function linesOf(
  name: string,
  { path, verbs, options, values, argumentChoices }: Node,
  valued: readonly string[],
) {
  const here = `complete -c ${name} -n ${quoted(`test (__${name}_at | string collect -a) = ${quoted(path)}`)}`;
  const optionLine = ({ text, about }: Word) => {
    const flag = text.startsWith('--') ? `-l ${text.slice(2)}` : `-s ${text.slice(1)}`;
    const choices = values.find(({ option }) => option === text)?.choices;
    const takes = choices === undefined ? '' : ` -a ${quoted(choices.join(' '))}`;
    return `${here} ${flag}${valued.includes(text) ? ' -x' : ''}${takes} -d ${quoted(about)}`;
  };
  return [
    ...verbs.map(({ text, about }) => `${here} -a ${text} -d ${quoted(about)}`),
    ...argumentChoices.map((text) => `${here} -a ${text}`),
    ...options.map(optionLine),
  ];
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
