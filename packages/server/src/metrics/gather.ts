import type { App } from '../app.ts';
import type { Message } from '../bus.ts';
import type { Figure } from './figures.ts';

/** Who has not answered by then is starting, ending or stuck: its figures are missing this time. */
const WAIT_MS = 1000;

/** Gathers the figures of all workers that share the port, whichever of them is asked; and answers when another one gathers. */
export class Gatherer {
  readonly #app: App;
  readonly #waiting = new Map<number, (figures: Figure[]) => void>();
  #asked = 0;

  constructor(app: App) {
    this.#app = app;
    app.bus.subscribe(message => this.#hear(message));
  }

  /** The text of all figures. */
  async text(): Promise<string> {
    const { figuresOf, textOf } = await import('./figures.ts');
    const [own, others] = await Promise.all([figuresOf(this.#app), this.#askOthers()]);
    return textOf([own, ...others]);
  }

  async #askOthers(): Promise<Figure[][]> {
    const { bus, config, followers } = this.#app;
    const others = config.worker === undefined ? 0 : config.workers - 1;
    if (others === 0) return [];
    const question = ++this.#asked;
    const heard: Figure[][] = [];
    await new Promise<void>(resolve => {
      const timer = setTimeout(resolve, WAIT_MS);
      this.#waiting.set(question, figures => {
        if (heard.push(figures) < others) return;
        clearTimeout(timer);
        resolve();
      });
      bus.publish({ type: 'figuresWanted', by: followers.node, question });
    });
    this.#waiting.delete(question);
    return heard;
  }

  #hear(message: Message): void {
    if (message.type === 'figures' && message.to === this.#app.followers.node)
      this.#waiting.get(message.question)?.(message.figures);
    if (message.type === 'figuresWanted')
      this.#answer(message.by, message.question).catch(err => this.#app.log.error({ err }, 'figures can not be told'));
  }

  async #answer(to: string, question: number): Promise<void> {
    const { figuresOf } = await import('./figures.ts');
    this.#app.bus.publish({ type: 'figures', to, question, figures: await figuresOf(this.#app) });
  }
}
